using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>The options of <c>rnnsweep silo</c>.</summary>
internal sealed class SiloArguments
{
    /// <summary>The difference of the default ports of HTTP and of the silo: two silos of a machine have different ones.</summary>
    private const int HttpPortOffset = 1000;

    public Option<string> Listen { get; } = new("--listen")
    {
        Description = "The address at which other silos and clients reach this one",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    public Option<string> SiloPort { get; } = Port("--silo-port", "The port for other silos; 0 for any that is free", 11111);

    public Option<string> GatewayPort { get; } = Port("--gateway-port", "The port for clients; 0 for any that is free", 30000);

    public Option<string?> Http { get; } = new("--http")
    {
        Description = $"Where it serves its health, metrics and pages; on other machines' addresses with certificates alone; none for nowhere [default: 127.0.0.1, the silo's port + {HttpPortOffset}]",
        HelpName = "HOST:PORT",
    };

    public Option<string?> Parallelism { get; } = new SweepArguments().Parallelism;

    public Option<bool> Insecure { get; } = new("--insecure")
    {
        Description = "Allow other machines to connect without TLS: no authentication, no encryption",
    };

    public Option<bool> Json { get; } = CommonOptions.Json("Write the log as JSON, a line an entry");

    public Option<bool> Verbose { get; } = CommonOptions.Verbose("Log every experiment, too");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Listen, SiloPort, GatewayPort, Http, Insecure, Parallelism, Json, Verbose })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UsageException">The value of an option is not allowed.</exception>
    public SiloOptions Read(ParseResult parsed) => new(
        IPAddress.TryParse(parsed.GetValue(Listen), out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address
            : throw new UsageException($"rnnsweep: --listen must be an address of this machine, such as 10.0.0.5, at which the others can reach it, but was '{parsed.GetValue(Listen)}'"),
        ReadPort(parsed, SiloPort),
        ReadPort(parsed, GatewayPort),
        ReadHttp(parsed),
        parsed.GetValue(Insecure),
        SweepArguments.Threads(parsed, Parallelism),
        parsed.GetValue(Json),
        parsed.GetValue(Verbose));

    private static int ReadPort(ParseResult parsed, Option<string> option) =>
        TryPort(parsed.GetValue(option), out int port)
            ? port
            : throw new UsageException($"rnnsweep: {option.Name} must be a port from 1 to 65535, or 0, but was '{parsed.GetValue(option)}'");

    private IPEndPoint? ReadHttp(ParseResult parsed)
    {
        if (parsed.GetResult(Http) is null)
        {
            int silo = ReadPort(parsed, SiloPort), port = silo == 0 ? 0 : silo + HttpPortOffset;
            return port <= 65535
                ? new IPEndPoint(IPAddress.Loopback, port)
                : throw new UsageException($"rnnsweep: with --silo-port {silo} there is no port {silo} + {HttpPortOffset} for HTTP; give --http HOST:PORT or --http none");
        }

        string text = parsed.GetValue(Http) ?? "";
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        return text == "none" ? null
            : TryAddress(host, out IPAddress? address) && TryPort(text[(colon + 1)..], out int given)
                ? new IPEndPoint(address, given)
                : throw new UsageException($"rnnsweep: --http must be an address of this machine with a port, such as 127.0.0.1:12111 or [::1]:12111, or none, but was '{text}'");
    }

    // An address of IPv6 stands in brackets. IPAddress reads 1 as 0.0.0.1, too.
    private static bool TryAddress(string host, [NotNullWhen(true)] out IPAddress? address) =>
        host == "localhost" ? (address = IPAddress.Loopback) is not null
        : host is ['[', .. var inner, ']'] ? IPAddress.TryParse(inner, out address) && inner.Contains(':')
        : IPAddress.TryParse(host, out address) && $"{address}" == host && host.Contains('.');

    private static bool TryPort(string? text, out int port) => int.TryParse(text, NumberStyles.None, null, out port) && port is >= 0 and <= 65535;

    private static Option<string> Port(string name, string description, int usual) => new(name)
    {
        Description = description,
        HelpName = "PORT",
        DefaultValueFactory = _ => usual.ToString(),
    };
}
