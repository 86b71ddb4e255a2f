using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// How many files this process may have open at a time (<c>ulimit -n</c>). .NET keeps two open for each of its libraries, so that a low limit ends the
/// program in the midst of loading one. Where the limit is low some descriptors are set aside, to be released for a message.
/// </summary>
internal static class Descriptors
{
    /// <summary>What a run takes with each engine, with some to spare: about 135 and 225 were measured.</summary>
    public const int OfThreads = 160, OfSilo = 256;

    // From Ample on the limit does not matter, and below Least no command comes to its end.
    private const int Ample = 1024, Least = 64, SetAside = 6;

    private const int TooManyInProcess = 24, TooManyInSystem = 23; // EMFILE and ENFILE

    private static SafeFileHandle[] s_setAside = [];

    /// <summary>The limit; null where it is ample or not known.</summary>
    public static int? Limit { get; private set; }

    /// <summary>Reads the limit, and sets some descriptors aside where it is low.</summary>
    /// <returns>False where it is too low for any command.</returns>
    public static bool Prepare()
    {
        Limit = ReadLimit("/proc/self/limits") is < Ample and var limit ? limit : null;
        if (Limit is null or < Least)
        {
            return Limit is null;
        }

        try
        {
            s_setAside = [.. Enumerable.Range(0, SetAside).Select(_ => File.OpenHandle("/dev/null"))];
        }
        catch (IOException)
        {
            // There are not even these.
        }

        return true;
    }

    /// <summary>Releases what is set aside.</summary>
    public static void Release()
    {
        Array.ForEach(s_setAside, handle => handle.Dispose());
        s_setAside = [];
    }

    /// <summary>What a limit that is too low is said to be, with what to do.</summary>
    public static string Advice =>
        $"too many open files: this process may have {(Limit is { } limit ? $"{limit}" : "no more")} open at a time; raise the limit with 'ulimit -n {Ample}'{(Limit is >= OfThreads and < OfSilo ? ", or use --engine threads, which needs fewer" : "")}";

    /// <summary>Whether an error comes from there being too many open files.</summary>
    public static bool AreExhausted(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            bool isTooMany = cause is IOException { HResult: TooManyInProcess or TooManyInSystem } or SocketException { SocketErrorCode: SocketError.TooManyOpenSockets };
            bool isLibrary = cause is FileNotFoundException or FileLoadException or BadImageFormatException or DllNotFoundException or TypeInitializationException;
            if (isTooMany || (isLibrary && Limit is < OfSilo) || (cause is AggregateException several && several.InnerExceptions.Any(AreExhausted)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The soft limit that a file of the system's states; null where it states none.</summary>
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
