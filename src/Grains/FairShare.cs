namespace RnnSweep.Grains;

/// <summary>
/// Divides the work of a silo among the active sweeps in proportion to their weights (start-time fair queuing, Goyal, Vin &amp; Cheng 1997): each lease goes to
/// the sweep whose leased work, divided by its weight, is the smallest. The weight is 2^priority, so a priority that is higher by one doubles the share.
/// Thread-safe.
/// </summary>
/// <remarks>
/// A sweep that becomes active, or that had no experiments to lease for a while, goes on from the quotient of the sweep that got the last lease: it neither waits
/// nor makes up for the time before.
/// </remarks>
public sealed class FairShare
{
    /// <summary>The lowest, the highest and the usual priority.</summary>
    public const int LowestPriority = 0, HighestPriority = 9, UsualPriority = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, double> _shares = [];

    // The quotient of the sweep that got the last lease, before that lease.
    private double _last;

    /// <summary>The active sweeps, in the order in which to ask them for a lease. Equal sweeps keep their order.</summary>
    public IReadOnlyList<ActiveSweep> Order(IReadOnlyList<ActiveSweep> active)
    {
        lock (_gate)
        {
            foreach (string ended in _shares.Keys.Except(active.Select(sweep => sweep.Id)).ToArray())
            {
                _shares.Remove(ended);
            }

            foreach (ActiveSweep sweep in active)
            {
                _shares.TryAdd(sweep.Id, _last);
            }

            return [.. active.OrderBy(sweep => _shares[sweep.Id])];
        }
    }

    /// <summary>Records that work of a sweep was leased.</summary>
    /// <param name="sweep">The sweep; ignored if it is not active any more.</param>
    /// <param name="work">Operations (WorkEstimate).</param>
    public void Add(ActiveSweep sweep, double work)
    {
        lock (_gate)
        {
            if (_shares.TryGetValue(sweep.Id, out double share))
            {
                _last = Math.Max(_last, share);
                _shares[sweep.Id] = _last + (work / Math.Pow(2, sweep.Priority));
            }
        }
    }
}

/// <summary>A sweep whose experiments may be leased.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Priority">Its priority, from <see cref="FairShare.LowestPriority"/> to <see cref="FairShare.HighestPriority"/>.</param>
public sealed record ActiveSweep(string Id, int Priority = FairShare.UsualPriority);
