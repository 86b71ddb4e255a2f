using System.CommandLine;
using System.Globalization;
using System.Net;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>The options of <c>rnnsweep silo</c>.</summary>
internal sealed class SiloArguments
{
    public Option<string> Listen { get; } = new("--listen")
    {
        Description = "The address at which other silos and clients reach this one",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    public Option<string> SiloPort { get; } = Port("--silo-port", "The port for other silos; 0 for any that is free", 11111);

    public Option<string> GatewayPort { get; } = Port("--gateway-port", "The port for clients; 0 for any that is free", 30000);

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
        foreach (Option option in new Option[] { Listen, SiloPort, GatewayPort, Insecure, Parallelism, Json, Verbose })
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
        parsed.GetValue(Insecure),
        SweepArguments.Threads(parsed, Parallelism),
        parsed.GetValue(Json),
        parsed.GetValue(Verbose));

    private static int ReadPort(ParseResult parsed, Option<string> option) =>
        int.TryParse(parsed.GetValue(option), NumberStyles.None, null, out int port) && port is >= 0 and <= 65535
            ? port
            : throw new UsageException($"rnnsweep: {option.Name} must be a port from 1 to 65535, or 0, but was '{parsed.GetValue(option)}'");

    private static Option<string> Port(string name, string description, int usual) => new(name)
    {
        Description = description,
        HelpName = "PORT",
        DefaultValueFactory = _ => usual.ToString(),
    };
}
