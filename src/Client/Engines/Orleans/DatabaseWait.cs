using System.Diagnostics;
using System.Globalization;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>Repeats what uses a cluster's database while the database does not answer, because it restarts for example. Other errors are not retried.</summary>
internal static class DatabaseWait
{
    /// <summary>The environment variable with another limit, in seconds, for all commands.</summary>
    public const string Variable = "RNNSWEEP_WAIT_SECONDS";

    private const int MostSeconds = 86400;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The limit of clients, as long as one that follows a sweep waits.</summary>
    public static readonly TimeSpan OfClient = TimeSpan.FromMinutes(10);

    /// <summary>The limit of a silo that starts. systemd and Kubernetes start it again afterwards.</summary>
    public static readonly TimeSpan OfSilo = TimeSpan.FromMinutes(1);

    /// <summary>The limit of <c>status</c>, which is to answer soon.</summary>
    public static readonly TimeSpan OfStatus = TimeSpan.FromSeconds(5);

    /// <summary>Repeats an action every second while it fails with a <see cref="StoreUnreachableException"/> that is temporary.</summary>
    /// <param name="action">The action; doing it twice must be as doing it once.</param>
    /// <param name="usual">The limit, unless <see cref="Variable"/> sets another.</param>
    /// <param name="tell">Called with a message before the first repetition.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreUnreachableException">The database has not answered within the limit, or another error of the store.</exception>
    /// <exception cref="UsageException">The variable has a value that is not allowed.</exception>
    public static async Task<T> Repeat<T>(Func<Task<T>> action, TimeSpan usual, Action<string> tell, CancellationToken cancellation = default)
    {
        TimeSpan limit = Limit() ?? usual;
        long start = Stopwatch.GetTimestamp();
        bool isTold = false;
        while (true)
        {
            try
            {
                return await action();
            }
            catch (StoreUnreachableException error) when (error.IsTemporary && Stopwatch.GetElapsedTime(start) < limit)
            {
                if (!isTold)
                {
                    tell($"{error.Message}; trying again for {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
                    isTold = true;
                }

                await Task.Delay(s_pause, cancellation);
            }
        }
    }

    /// <summary>Tells a user of a client.</summary>
    public static void Tell(string message) => Console.Error.WriteLine($"rnnsweep: {message}");

    private static TimeSpan? Limit()
    {
        string? text = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(text) ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds <= MostSeconds ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"rnnsweep: {Variable} must be from 0 to {MostSeconds}, in whole seconds, but was '{text}'");
    }
}
