using System.Diagnostics;

namespace RnnSweep.Grains;

/// <summary>Limits a kind of log entry to one a minute, for what happens again and again, such as attempts while the database does not answer. Thread-safe.</summary>
internal sealed class LogLimit
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private long _last;

    /// <summary>Whether the entry may be logged now.</summary>
    public bool Passes()
    {
        long last = Interlocked.Read(ref _last);
        return (last == 0 || Stopwatch.GetElapsedTime(last) > s_interval) && Interlocked.CompareExchange(ref _last, Stopwatch.GetTimestamp(), last) == last;
    }
}
