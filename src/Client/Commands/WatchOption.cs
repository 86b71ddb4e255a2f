using System.CommandLine;
using System.Globalization;
using RnnSweep.Client.Live;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>--watch</c> and <c>--watch=PORT</c>: serve a run to browsers.</summary>
internal sealed class WatchOption
{
    private const string Name = "--watch", AnyPort = "--watch=0";

    public Option<string?> Option { get; } = new(Name)
    {
        Description = "Serve the report to browsers of this machine while the run goes on, at a port that is free, or with --watch=PORT at that",
        HelpName = "PORT",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Replaces <c>--watch</c> by <c>--watch=0</c>, so that the parser does not take the next argument for the port.</summary>
    public static string[] WithoutPort(string[] arguments) => [.. arguments.Select(argument => argument == Name ? AnyPort : argument)];

    /// <summary>Starts to listen, and prints the address; null without <c>--watch</c>.</summary>
    /// <exception cref="UsageException">The value is not a port, or the port cannot be bound.</exception>
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
