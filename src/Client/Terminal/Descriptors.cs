using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// The limit of open files of this process (<c>ulimit -n</c>). .NET keeps two open for each of its libraries, so that a low limit ends the program while it
/// loads one. Where the limit is low, some descriptors are reserved, and released to print a message.
/// </summary>
internal static class Descriptors
{
    /// <summary>Open files that a run needs with each engine, with a margin: about 135 and 225 were measured.</summary>
    public const int NeededByThreads = 160, NeededBySilo = 256;

    // From SufficientLimit on the limit does not matter, and below LowestLimit no command can finish.
    private const int SufficientLimit = 1024, LowestLimit = 64, ReservedCount = 6;

    // Open files that a cluster's silo needs besides the connections to its two ports: about 250 were measured, to which come connections to other silos and to
    // its database.
    private const int NeededByClusterSilo = 340, FewestConnections = 16;

    private const string LimitsFile = "/proc/self/limits";

    private const int TooManyInProcess = 24, TooManyInSystem = 23; // EMFILE and ENFILE

    private static SafeFileHandle[] s_reserved = [];

    /// <summary>The limit; null where it is sufficient or not known.</summary>
    public static int? Limit { get; private set; }

    /// <summary>Reads the limit, and reserves some descriptors where it is low.</summary>
    /// <returns>False where the limit is too low for any command.</returns>
    public static bool Prepare()
    {
        Limit = ReadLimit(LimitsFile) is < SufficientLimit and var limit ? limit : null;
        if (Limit is null or < LowestLimit)
        {
            return Limit is null;
        }

        try
        {
            s_reserved = [.. Enumerable.Range(0, ReservedCount).Select(_ => File.OpenHandle("/dev/null"))];
        }
        catch (IOException)
        {
            // The limit leaves none to reserve.
        }

        return true;
    }

    /// <summary>How many connections each port of a cluster's silo may take, so that the silo does not run out of open files.</summary>
    /// <param name="most">The number where the limit allows it.</param>
    /// <param name="limits">A file like /proc/self/limits.</param>
    public static int ConnectionsOfSilo(int most, string limits = LimitsFile) =>
        ReadLimit(limits) is { } limit && (limit - NeededByClusterSilo) / 2 is var possible && possible < most ? Math.Max(possible, FewestConnections) : most;

    /// <summary>Releases the reserved descriptors.</summary>
    public static void Release()
    {
        Array.ForEach(s_reserved, handle => handle.Dispose());
        s_reserved = [];
    }

    /// <summary>The message about a limit that is too low.</summary>
    public static string Advice =>
        $"too many open files: this process may have {(Limit is { } limit ? $"{limit}" : "no more")} open at a time; raise the limit with 'ulimit -n {SufficientLimit}'{(Limit is >= NeededByThreads and < NeededBySilo ? ", or use --engine threads, which needs fewer" : "")}";

    /// <summary>Whether an error is caused by too many open files.</summary>
    public static bool AreExhausted(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            bool isTooMany = cause is IOException { HResult: TooManyInProcess or TooManyInSystem } or SocketException { SocketErrorCode: SocketError.TooManyOpenSockets };
            bool isLibrary = cause is FileNotFoundException or FileLoadException or BadImageFormatException or DllNotFoundException or TypeInitializationException;
            if (isTooMany || (isLibrary && Limit is < NeededBySilo) || (cause is AggregateException several && several.InnerExceptions.Any(AreExhausted)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The soft limit in a file like /proc/self/limits; null where it has none.</summary>
    internal static int? ReadLimit(string file)
    {
        try
        {
            string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && int.TryParse(soft, NumberStyles.None, null, out int limit)
                ? limit
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
