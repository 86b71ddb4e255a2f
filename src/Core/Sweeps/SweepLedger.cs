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
/// the cell its holder was at is then tried in a lease of its own, after a second loss on a holder that computes nothing else, and given up when
/// it has cost three holders their lives: whatever else dies of a bad cell is never given up for it.
/// </remarks>
public sealed class SweepLedger
{
    /// <summary>How often a cell may lose its holder before it is given up.</summary>
    public const int MaximumLosses = 3;

    // Of a lease of many trajectories: what is small enough to be told of in one message, and to be lost.
    private const int MostCells = 256;

    private readonly SweepPlan _plan;
    private readonly TimeSpan _leaseTime;
    private readonly CellState[] _states;
    private readonly PriorityQueue<long, (double NegativeWork, long Trajectory)> _open = new();
    private readonly Queue<long> _suspects = new(), _isolated = new();
    private readonly Dictionary<long, Grant> _leases = [];
    private readonly Dictionary<long, (long Lease, CellKey Key, double Work)> _leaseOf = [];
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
            for (int rank = isStored is null ? plan.SequenceLengthCount - 1 : 0; rank < plan.SequenceLengthCount; rank++)
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

    /// <summary>The plan whose cells it counts.</summary>
    public SweepPlan Plan => _plan;

    /// <summary>Tells of every change that must outlive the ledger for <see cref="Restore"/> to make another one like it.</summary>
    public event Action<LedgerChange>? Changed;

    /// <summary>Operations of all cells that were open at the start (<see cref="WorkEstimate"/>).</summary>
    public double OpenWork { get; }

    /// <summary>How much of <see cref="OpenWork"/> is done or given up.</summary>
    public double WorkDone { get; private set; }

    /// <summary>The counts of the moment.</summary>
    public LedgerCounts Counts => new(_done, _failures.Count, _leaseOf.Count, _states.LongLength - _done - _failures.Count - _leaseOf.Count);

    /// <summary>The cells that were given up, by index, with the reason.</summary>
    public IReadOnlyDictionary<long, string> Failures => _failures;

    /// <summary>
    /// Puts leases and losses back that a ledger of the same plan had told of: who holds a lease goes on with it, and renews it in time or
    /// loses it. Only at the start, before the first lease.
    /// </summary>
    /// <param name="leases">The leases that were out: id, holder, and cells in order. Cells that are done by now are left out.</param>
    /// <param name="losses">How often cells have lost their holder.</param>
    /// <param name="failures">The cells that were given up, with the reason.</param>
    /// <param name="lastLease">The highest id that a lease ever had.</param>
    /// <param name="now">The present time.</param>
    public void Restore(
        IEnumerable<(long Id, string Holder, ImmutableArray<long> Cells)> leases,
        IReadOnlyDictionary<long, int> losses,
        IReadOnlyDictionary<long, string> failures,
        long lastLease,
        TimeSpan now)
    {
        _lastLease = lastLease;
        foreach ((long cell, string reason) in failures.Where(failure => _states[failure.Key] == CellState.Open))
        {
            _states[cell] = CellState.Failed;
            _failures[cell] = reason;
        }

        foreach ((long cell, int count) in losses.OrderBy(loss => loss.Key))
        {
            _losses[cell] = count;
        }

        foreach ((long id, string holder, ImmutableArray<long> cells) in leases.OrderBy(lease => lease.Id))
        {
            List<long> open = [.. cells.Where(cell => _states[cell] == CellState.Open)];
            if (open.Count == 0)
            {
                Changed?.Invoke(new LedgerChange.Ended(id));
                continue;
            }

            _leases[id] = new Grant(open, holder) { Expires = Expiry(now), Losses = _losses.GetValueOrDefault(open[0]) };
            foreach (LeasedCell cell in Leased(open))
            {
                _states[cell.Index] = CellState.Leased;
                _leaseOf[cell.Index] = (id, cell.Key, cell.Work);
            }
        }

        foreach (long cell in _losses.Keys.Order().Where(cell => _states[cell] == CellState.Open).ToArray())
        {
            Requeue(cell);
        }
    }

    /// <summary>The next lease; null when nothing is to be had at the moment.</summary>
    /// <param name="now">The present time, from any fixed origin.</param>
    /// <param name="holder">Who asks.</param>
    /// <param name="work">Trajectories are added to the lease until it has as much work as this, in operations, or many cells.</param>
    public Lease? TryLease(TimeSpan now, string holder = "", double work = 0)
    {
        Grant[] held = [.. _leases.Values.Where(grant => grant.Holder == holder && grant.Losses > 0)];
        if (held.Any(grant => grant.Losses > 1))
        {
            return null; // what it computes is to be computed alone
        }

        if (Next(_isolated) is { } isolated)
        {
            // Holders run dry, until the first of them holds nothing.
            return _leases.Values.Any(grant => grant.Holder == holder) ? null : Hand([_isolated.Dequeue()], holder, now);
        }

        if (held.Length == 0 && Next(_suspects) is { } suspect)
        {
            return Hand([_suspects.Dequeue()], holder, now);
        }

        List<long> cells = [];
        while (_open.TryDequeue(out long trajectory, out (double NegativeWork, long Trajectory) priority))
        {
            int before = cells.Count;
            for (int rank = 0; rank < _plan.SequenceLengthCount; rank++)
            {
                long cell = _plan.CellIndex(trajectory, rank);
                if (_states[cell] == CellState.Open && !_losses.ContainsKey(cell))
                {
                    _states[cell] = CellState.Leased; // its trajectory may wait twice, as after a restart: it goes out once
                    cells.Add(cell);
                }
            }

            work += cells.Count > before ? priority.NegativeWork : 0;
            if (cells.Count >= MostCells || (cells.Count > 0 && work <= 0))
            {
                break;
            }
        }

        return cells.Count > 0 ? Hand(cells, holder, now) : null;
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

        _failures.Remove(cell); // a late result beats a verdict
        _done++;
        Changed?.Invoke(new LedgerChange.Done(cell));
        Leave(cell, CellState.Done);
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

        GiveUp(cell, reason);
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
            Changed?.Invoke(new LedgerChange.Ended(lease));
        }
    }

    /// <summary>Takes back a lease whose holder died. The first cell it has not reported is the one it was at.</summary>
    public void Lose(long lease)
    {
        if (_leases.Remove(lease, out Grant? grant))
        {
            PutBack(grant, grant.Cells.Select(cell => (long?)cell).FirstOrDefault(cell => _states[cell!.Value] == CellState.Leased));
            Changed?.Invoke(new LedgerChange.Ended(lease));
        }
    }

    /// <summary>Loses every lease of a holder that is known to have died.</summary>
    public void LoseAll(string holder) =>
        Array.ForEach([.. _leases.Where(lease => lease.Value.Holder == holder).Select(lease => lease.Key).Order()], Lose);

    /// <summary>Who holds leases.</summary>
    public IEnumerable<string> Holders => _leases.Values.Select(grant => grant.Holder).Distinct();

    /// <summary>
    /// Takes back every lease that has run out; the leases taken. That a holder is silent is not held against its cells: a holder that has died is
    /// told of by <see cref="LoseAll"/>.
    /// </summary>
    public IReadOnlyList<long> Expire(TimeSpan now)
    {
        long[] expired = [.. _leases.Where(lease => lease.Value.Expires <= now).Select(lease => lease.Key).Order()];
        Array.ForEach(expired, GiveBack);
        return expired;
    }

    private Lease Hand(List<long> cells, string holder, TimeSpan now)
    {
        var lease = new Lease(++_lastLease, Leased(cells));
        foreach (LeasedCell cell in lease.Cells)
        {
            _states[cell.Index] = CellState.Leased;
            _leaseOf[cell.Index] = (lease.Id, cell.Key, cell.Work);
        }

        _leases[lease.Id] = new Grant(cells, holder) { Expires = Expiry(now), Losses = _losses.GetValueOrDefault(cells[0]) };
        Changed?.Invoke(new LedgerChange.Granted(lease.Id, holder, [.. cells]));
        return lease;
    }

    // Along a trajectory, a cell's work is what it adds to that of the cell before it.
    private ImmutableArray<LeasedCell> Leased(List<long> cells)
    {
        var leased = ImmutableArray.CreateBuilder<LeasedCell>(cells.Count);
        double passed = 0;
        long trajectory = _plan.Locate(cells[0]).Trajectory;
        for (int i = 0; i < cells.Count; i++)
        {
            CellSpec spec = _plan.Cell(cells[i]);
            double work = WorkEstimate.Operations(spec);
            long next = i + 1 < cells.Count ? _plan.Locate(cells[i + 1]).Trajectory : -1;
            leased.Add(new LeasedCell(cells[i], CellKey.Of(spec), spec, work - passed, GoesOn: next == trajectory));
            (passed, trajectory) = (next == trajectory ? work : 0, next);
        }

        return leased.MoveToImmutable();
    }

    private void PutBack(Grant grant, long? suspect)
    {
        var work = new Dictionary<long, double>();
        foreach (long cell in grant.Cells.Where(cell => _states[cell] == CellState.Leased))
        {
            Leave(cell, CellState.Open);
            if (cell == suspect)
            {
                _losses[cell] = _losses.GetValueOrDefault(cell) + 1;
                Changed?.Invoke(new LedgerChange.Lost(cell, _losses[cell]));
            }

            if (_losses.ContainsKey(cell))
            {
                Requeue(cell);
            }
            else
            {
                work[_plan.Locate(cell).Trajectory] = WorkEstimate.Operations(_plan.Cell(cell));
            }
        }

        foreach ((long trajectory, double operations) in work)
        {
            _open.Enqueue(trajectory, (-operations, trajectory));
        }
    }

    private void Requeue(long cell)
    {
        int losses = _losses[cell];
        if (losses < MaximumLosses)
        {
            (losses > 1 ? _isolated : _suspects).Enqueue(cell);
        }
        else
        {
            GiveUp(cell, $"its host died {losses} times while it computed this cell, the last time with nothing else");
        }
    }

    private void GiveUp(long cell, string reason)
    {
        _failures[cell] = reason;
        Changed?.Invoke(new LedgerChange.Failed(cell, reason));
        Leave(cell, CellState.Failed);
    }

    // The first of a queue that is still open.
    private long? Next(Queue<long> queue)
    {
        while (queue.TryPeek(out long cell))
        {
            if (_states[cell] == CellState.Open)
            {
                return cell;
            }

            queue.Dequeue();
        }

        return null;
    }

    // A cell leaves the state it is in; a lease that holds no cell any more is over.
    private void Leave(long cell, CellState next)
    {
        _states[cell] = next;
        if (!_leaseOf.Remove(cell, out (long Lease, CellKey Key, double Work) held))
        {
            return;
        }

        WorkDone += next is CellState.Done or CellState.Failed ? held.Work : 0;
        if (_leases.TryGetValue(held.Lease, out Grant? grant) && --grant.Outstanding == 0)
        {
            _leases.Remove(held.Lease);
            Changed?.Invoke(new LedgerChange.Ended(held.Lease));
        }
    }

    private void Check(long cell, CellKey key)
    {
        bool isLeased = _leaseOf.TryGetValue(cell, out (long Lease, CellKey Key, double Work) leased);
        if (cell < 0 || cell >= _plan.CellCount || (isLeased ? leased.Key : CellKey.Of(_plan.Cell(cell))) != key)
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

    private sealed class Grant(List<long> cells, string holder)
    {
        public List<long> Cells { get; } = cells;

        public string Holder { get; } = holder;

        /// <summary>Of a cell that is tried again by itself: how often it has lost its holder.</summary>
        public int Losses { get; init; }

        public int Outstanding { get; set; } = cells.Count;

        public TimeSpan Expires { get; set; }
    }
}
