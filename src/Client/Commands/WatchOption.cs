using System.CommandLine;
using System.Globalization;
using RnnSweep.Client.Live;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>--watch</c> and <c>--watch=PORT</c>: a run as a browser watches it.</summary>
internal sealed class WatchOption
{
    private const string Name = "--watch", AnyPort = "--watch=0";

    public Option<string?> Option { get; } = new(Name)
    {
        Description = "Serve the report to browsers of this machine while the run goes on, at a port that is free, or with --watch=PORT at that",
        HelpName = "PORT",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>A command line in which what follows a <c>--watch</c> is no port: it may be the sweep.</summary>
    public static string[] WithoutPort(string[] arguments) => [.. arguments.Select(argument => argument == Name ? AnyPort : argument)];

    /// <summary>Listens, and says where; null where nobody wants to watch.</summary>
    /// <exception cref="UsageException">There is no such port, or it cannot be had.</exception>
    public LiveRun? Listen(ParseResult parsed, string title)
    {
        if (parsed.GetResult(Option) is null)
        {
            return null;
        }

        string text = parsed.GetValue(Option) ?? "0";
        var live = int.TryParse(text, NumberStyles.None, null, out int port) && port is >= 0 and <= 65535
            ? new LiveRun(port, title)
            : throw new UsageException($"rnnsweep: --watch=PORT must be a port from 1 to 65535, or 0 for any that is free, but was '{text}'");
        Console.Error.WriteLine($"to watch: {live.Address}");
        return live;
    }
}
