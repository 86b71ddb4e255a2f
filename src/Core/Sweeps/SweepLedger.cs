using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Who computes what: the rules by which the cells of a plan are handed out, taken back and counted. Pure: it knows no clock (the time is
/// told to it), no thread and no store; it is rebuilt at any time from the keys that are stored. Not safe from several threads by itself.
/// </summary>
/// <remarks>
/// Leases go out by estimated work, largest first, so that no large cell is left to the end; all open cells of a trajectory go
/// together. Results are taken by key, in any order and as often as they come. A lease that is lost, because its holder died, comes back;
/// the cell its holder was at is then tried alone, and given up when it has killed its holder three times.
/// </remarks>
public sealed class SweepLedger
{
    /// <summary>How often a cell may lose its holder before it is given up.</summary>
    public const int MaximumLosses = 3;

    private readonly SweepPlan _plan;
    private readonly TimeSpan _leaseTime;
    private readonly CellState[] _states;
    private readonly PriorityQueue<long, (double NegativeWork, long Trajectory)> _open = new();
    private readonly Queue<long> _alone = new();
    private readonly Dictionary<long, Grant> _leases = [];
    private readonly Dictionary<long, (long Lease, double Work)> _leaseOf = [];
    private readonly Dictionary<long, int> _losses = [];
    private readonly Dictionary<long, string> _failures = [];
    private long _lastLease, _done;

    /// <summary>The ledger of a plan.</summary>
    /// <param name="plan">The cells.</param>
    /// <param name="isStored">Whether a key has a result already.</param>
    /// <param name="leaseTime">How long a lease holds if it is not renewed; by default for ever.</param>
    public SweepLedger(SweepPlan plan, Func<CellKey, bool>? isStored = null, TimeSpan? leaseTime = null)
    {
        _plan = plan;
        _leaseTime = leaseTime ?? TimeSpan.MaxValue;
        _states = new CellState[plan.CellCount];
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            double work = 0;
            for (int rank = 0; rank < plan.SequenceLengthCount; rank++)
            {
                long cell = plan.CellIndex(trajectory, rank);
                CellSpec spec = plan.Cell(cell);
                if (isStored is not null && isStored(CellKey.Of(spec)))
                {
                    _states[cell] = CellState.Done;
                    _done++;
                }
                else
                {
                    work = WorkEstimate.Operations(spec); // the longest open one passes all others on its way
                }
            }

            if (work > 0)
            {
                _open.Enqueue(trajectory, (-work, trajectory));
                OpenWork += work;
            }
        }
    }

    /// <summary>Operations of all cells that were open at the start (<see cref="WorkEstimate"/>).</summary>
    public double OpenWork { get; }

    /// <summary>How much of <see cref="OpenWork"/> is done or given up.</summary>
    public double WorkDone { get; private set; }

    /// <summary>The counts of the moment.</summary>
    public LedgerCounts Counts => new(_done, _failures.Count, _leaseOf.Count, _states.LongLength - _done - _failures.Count - _leaseOf.Count);

    /// <summary>The cells that were given up, by index, with the reason.</summary>
    public IReadOnlyDictionary<long, string> Failures => _failures;

    /// <summary>The next lease; null when nothing is open at the moment.</summary>
    /// <param name="now">The present time, from any fixed origin.</param>
    public Lease? TryLease(TimeSpan now)
    {
        while (_alone.TryDequeue(out long suspect))
        {
            if (_states[suspect] == CellState.Open)
            {
                return Hand([suspect], now);
            }
        }

        while (_open.TryDequeue(out long trajectory, out _))
        {
            List<long> cells = [];
            for (int rank = 0; rank < _plan.SequenceLengthCount; rank++)
            {
                long cell = _plan.CellIndex(trajectory, rank);
                if (_states[cell] == CellState.Open && !_losses.ContainsKey(cell))
                {
                    cells.Add(cell);
                }
            }

            if (cells.Count > 0)
            {
                return Hand(cells, now);
            }
        }

        return null;
    }

    /// <summary>Takes a result. Whether it was news: a result that is known already changes nothing.</summary>
    /// <exception cref="ArgumentException">The key is not that of the plan's cell.</exception>
    public bool ReportDone(long cell, CellKey key)
    {
        Check(cell, key);
        if (_states[cell] == CellState.Done)
        {
            return false;
        }

        Leave(cell, CellState.Done);
        _failures.Remove(cell); // a late result beats a verdict
        _done++;
        return true;
    }

    /// <summary>Takes the failure of a cell. Whether it was news: a cell that is done or given up stays so.</summary>
    /// <exception cref="ArgumentException">The key is not that of the plan's cell.</exception>
    public bool ReportFailed(long cell, CellKey key, string reason)
    {
        Check(cell, key);
        if (_states[cell] is CellState.Done or CellState.Failed)
        {
            return false;
        }

        Leave(cell, CellState.Failed);
        _failures[cell] = reason;
        return true;
    }

    /// <summary>Lets a lease hold on. Whether it still did: a lease that was lost before must not be worked on.</summary>
    public bool Renew(long lease, TimeSpan now)
    {
        if (!_leases.TryGetValue(lease, out Grant? grant))
        {
            return false;
        }

        grant.Expires = Expiry(now);
        return true;
    }

    /// <summary>Takes back a lease whose holder stops in good order: its open cells wait again, and nothing is held against them.</summary>
    public void GiveBack(long lease)
    {
        if (_leases.Remove(lease, out Grant? grant))
        {
            PutBack(grant, suspect: null);
        }
    }

    /// <summary>Takes back a lease whose holder died. The first cell it has not reported is the one it was at.</summary>
    public void Lose(long lease)
    {
        if (_leases.Remove(lease, out Grant? grant))
        {
            PutBack(grant, grant.Cells.Select(cell => (long?)cell).FirstOrDefault(cell => _states[cell!.Value] == CellState.Leased));
        }
    }

    /// <summary>Loses every lease that has run out; the leases lost.</summary>
    public IReadOnlyList<long> Expire(TimeSpan now)
    {
        long[] expired = [.. _leases.Where(lease => lease.Value.Expires <= now).Select(lease => lease.Key).Order()];
        Array.ForEach(expired, Lose);
        return expired;
    }

    private Lease Hand(List<long> cells, TimeSpan now)
    {
        var leased = ImmutableArray.CreateBuilder<LeasedCell>(cells.Count);
        double passed = 0;
        foreach (long cell in cells)
        {
            CellSpec spec = _plan.Cell(cell);
            double work = WorkEstimate.Operations(spec);
            leased.Add(new LeasedCell(cell, CellKey.Of(spec), spec, work - passed, GoesOn: leased.Count < cells.Count - 1));
            passed = work;
            _states[cell] = CellState.Leased;
            _leaseOf[cell] = (_lastLease + 1, leased[^1].Work);
        }

        _leases[++_lastLease] = new Grant(cells) { Expires = Expiry(now) };
        return new Lease(_lastLease, leased.MoveToImmutable());
    }

    private void PutBack(Grant grant, long? suspect)
    {
        double work = 0;
        foreach (long cell in grant.Cells.Where(cell => _states[cell] == CellState.Leased))
        {
            Leave(cell, CellState.Open);
            int losses = _losses.GetValueOrDefault(cell) + (cell == suspect ? 1 : 0);
            if (losses == 0)
            {
                work = WorkEstimate.Operations(_plan.Cell(cell));
                continue;
            }

            _losses[cell] = losses;
            if (losses < MaximumLosses)
            {
                _alone.Enqueue(cell);
            }
            else
            {
                _states[cell] = CellState.Failed;
                _failures[cell] = $"its host died {losses} times while it computed this cell, {losses - 1} of them with nothing else";
            }
        }

        if (work > 0)
        {
            long trajectory = _plan.Locate(grant.Cells[0]).Trajectory;
            _open.Enqueue(trajectory, (-work, trajectory));
        }
    }

    // A cell leaves the state it is in; a lease that holds no cell any more is over.
    private void Leave(long cell, CellState next)
    {
        _states[cell] = next;
        if (!_leaseOf.Remove(cell, out (long Lease, double Work) held))
        {
            return;
        }

        WorkDone += next is CellState.Done or CellState.Failed ? held.Work : 0;
        if (_leases.TryGetValue(held.Lease, out Grant? grant) && --grant.Outstanding == 0)
        {
            _leases.Remove(held.Lease);
        }
    }

    private void Check(long cell, CellKey key)
    {
        if (cell < 0 || cell >= _plan.CellCount || CellKey.Of(_plan.Cell(cell)) != key)
        {
            throw new ArgumentException($"cell {cell} of plan '{_plan.Name}' does not have the key {key}", nameof(key));
        }
    }

    private TimeSpan Expiry(TimeSpan now) => _leaseTime == TimeSpan.MaxValue ? TimeSpan.MaxValue : now + _leaseTime;

    private enum CellState : byte
    {
        Open,
        Leased,
        Done,
        Failed,
    }

    private sealed class Grant(List<long> cells)
    {
        public List<long> Cells { get; } = cells;

        public int Outstanding { get; set; } = cells.Count;

        public TimeSpan Expires { get; set; }
    }
}
