namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// Whether a database answers, from its uses: it does not after a use that failed, and while no use has been answered for longer than a limit although one
/// waits, as when the network drops packets. Thread-safe.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class Reachability(TimeProvider clock)
{
    /// <summary>How long a use may wait without an answer to any other.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private bool _hasFailed;
    private long? _waitsSince;

    /// <summary>Whether it answers, as far as is known.</summary>
    public bool IsReachable
    {
        get
        {
            lock (_gate)
            {
                return !_hasFailed && (_waitsSince is not { } since || clock.GetElapsedTime(since) <= Limit);
            }
        }
    }

    /// <summary>A use begins.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _waitsSince ??= clock.GetTimestamp();
        }
    }

    /// <summary>A use has ended.</summary>
    /// <param name="isReachable">Whether the database has answered; null where that is not known.</param>
    public void End(bool? isReachable)
    {
        lock (_gate)
        {
            (_hasFailed, _waitsSince) = (!isReachable ?? _hasFailed, null);
        }
    }
}
