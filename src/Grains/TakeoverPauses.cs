using System.Collections.Concurrent;
using System.Diagnostics;

namespace RnnSweep.Grains;

/// <summary>
/// How long this silo leaves a sweep to another activation of the sweep's grain that has claimed it. Two parts of a cluster that do not see each other would
/// otherwise take the sweep from each other every few seconds, and both rebuild its ledger each time. The first time there is no pause, because then this
/// silo's activation is usually one that the cluster has replaced; after that it doubles each time. Thread-safe.
/// </summary>
/// <param name="second">The pause after the second time.</param>
/// <param name="longest">The longest pause. Earlier times no longer count after twice as long.</param>
internal sealed class TakeoverPauses(TimeSpan second, TimeSpan longest)
{
    private readonly ConcurrentDictionary<string, (long Time, TimeSpan Pause)> _taken = new();

    /// <summary>Pauses of ten seconds to five minutes.</summary>
    public TakeoverPauses() : this(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5))
    {
    }

    /// <summary>Whether a sweep is to be left to another activation at present.</summary>
    public bool IsPaused(string sweep) => _taken.TryGetValue(sweep, out var taken) && Stopwatch.GetElapsedTime(taken.Time) < taken.Pause;

    /// <summary>Another activation has claimed a sweep from one of this silo.</summary>
    public void Add(string sweep) => _taken.AddOrUpdate(
        sweep,
        _ => (Stopwatch.GetTimestamp(), TimeSpan.Zero),
        (_, before) => (Stopwatch.GetTimestamp(), Next(before)));

    private TimeSpan Next((long Time, TimeSpan Pause) before) =>
        Stopwatch.GetElapsedTime(before.Time) > 2 * longest ? TimeSpan.Zero
        : before.Pause == TimeSpan.Zero ? second
        : before.Pause * 2 < longest ? before.Pause * 2 : longest;
}
