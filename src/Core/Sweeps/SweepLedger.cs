using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The state of each experiment of a plan, and the rules for leasing, taking back and counting experiments. It reads no clock (the time is an
/// argument) and uses no thread and no store; it can be rebuilt from the stored readings at any time. Not thread-safe.
/// </summary>
/// <remarks>
/// Leases are granted by descending estimated work, so that no large experiment is left to the end. Reports may come in any order and repeatedly. When a
/// holder dies, the experiments of its lease wait again. The one that it was running is then leased alone, after a second loss to a holder without other
/// leases, and fails when its third holder dies. Other experiments get no loss.
/// </remarks>
public sealed partial class SweepLedger
{
    /// <summary>Number of holders that an experiment may lose before it fails.</summary>
    public const int MaximumLosses = 3;

    // Most experiments in a lease of small ones: few enough for one message, and to be lost.
    private const int MostInLease = 256;

    private readonly PlanExperiments _experiments;
    private readonly TimeSpan _leaseTime;
    private readonly State[] _states;
    private readonly OpenExperiments _open;
    private readonly RetryQueue _retries;
    private readonly Dictionary<long, Grant> _grants = [];
    private readonly Dictionary<long, long> _leaseOf = [];

    // For experiments with some readings stored: the stored replicates, by rank of the sequence length.
    private readonly Dictionary<long, ReplicateSet[]> _partlyStored = [];
    private readonly CellCounter _cells;

    // Open experiments whose lease ended early, so that their readings may be stored without a report.
    private readonly HashSet<long> _returned = [];
    private long _lastLease;

    /// <summary>Creates the ledger of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="stored">The stored replicates, by cell key; null where there are none.</param>
    /// <param name="leaseTime">Duration of a lease that is not renewed; unlimited by default.</param>
    /// <param name="failures">The stored failures that count, by cell key; null where there are none. An experiment has failed if all its missing readings
    /// have.</param>
    /// <param name="lastLease">A number not below the id of any earlier lease.</param>
    /// <param name="done">The parts (<see cref="DonePart"/>) that an earlier ledger recorded, if the caller compares the other trajectories with the store by
    /// <see cref="Mark"/>; null where <paramref name="stored"/> is complete.</param>
    public SweepLedger(
        SweepPlan plan,
        Func<CellKey, ReplicateSet>? stored = null,
        TimeSpan? leaseTime = null,
        Func<CellKey, IEnumerable<ReadingFailure>>? failures = null,
        long lastLease = 0,
        IEnumerable<DonePart>? done = null)
    {
        (Plan, _experiments, _leaseTime, _lastLease) = (plan, plan.Experiments, leaseTime ?? TimeSpan.MaxValue, lastLease);
        _states = new State[_experiments.Count];
        _cells = new CellCounter(plan);
        _retries = new RetryQueue(index => _states[index] == State.Open);
        Compared = done is null ? plan.TrajectoryCount : 0;
        MarkDone(done ?? []);
        List<(long Index, ReadingFailure[] Failures)> failed = stored is null && failures is null ? [] : MarkStored(stored, failures);
        _open = new OpenExperiments(_experiments, index => _states[index] == State.Open);
        OpenWork = _open.Work;
        foreach ((long index, ReadingFailure[] missing) in failed)
        {
            Settle(index, State.Failed, missing);
        }
    }

    /// <summary>The plan whose experiments it counts.</summary>
    public SweepPlan Plan { get; }

    /// <summary>Operations of all experiments with readings that were not stored at the start (<see cref="WorkEstimate"/>).</summary>
    public double OpenWork { get; private set; }

    /// <summary>The part of <see cref="OpenWork"/> that is done or has failed.</summary>
    public double WorkDone { get; private set; }

    /// <summary>The current counts of cells.</summary>
    public LedgerCounts Counts => _cells.Counts;

    /// <summary>The cells with a failed reading, by index, with the reason of the first such replicate.</summary>
    public IReadOnlyDictionary<long, string> Failures => _cells.Failures;

    /// <summary>The holders of leases.</summary>
    public IEnumerable<string> Holders => _grants.Values.Select(grant => grant.Holder).Distinct();

    /// <summary>Whether some readings of an open experiment are stored, so that they need not be computed again.</summary>
    public bool IsPartlyStored(long experiment) => _partlyStored.ContainsKey(experiment);

    /// <summary>The next lease; null where there is none at the moment.</summary>
    /// <param name="now">The present time, from any fixed origin.</param>
    /// <param name="holder">The requesting holder.</param>
    /// <param name="work">Experiments are added to the lease until their work reaches this number of operations, up to a limit on their number.</param>
    public Lease? TryLease(TimeSpan now, string holder = "", double work = 0)
    {
        Grant[] held = [.. _grants.Values.Where(grant => grant.Losses > 0 && grant.Holder == holder)];
        if (held.Any(grant => grant.Losses > 1))
        {
            return null; // the holder's current experiment must run alone
        }

        if (_retries.HasForIdleHolder)
        {
            // No other lease is granted until a holder without leases has taken this experiment.
            return _grants.Values.Any(grant => grant.Holder == holder) ? null : Lease([_retries.TakeForIdleHolder()], holder, now);
        }

        if (held.Length == 0 && _retries.HasForOwnLease)
        {
            return Lease([_retries.TakeForOwnLease()], holder, now);
        }

        List<long> experiments = [];
        while (experiments.Count < MostInLease && _open.TryTake(out long experiment))
        {
            if (_states[experiment] != State.Open || _retries.LossesOf(experiment) > 0)
            {
                continue; // settled while it waited, or retried in a lease of its own
            }

            experiments.Add(experiment);
            _states[experiment] = State.Leased; // an experiment that is queued twice is taken once
            work -= _experiments.Work(experiment);
            if (work <= 0)
            {
                break;
            }
        }

        return experiments.Count > 0 ? Lease(experiments, holder, now) : null;
    }

    /// <summary>
    /// Records that the results of an experiment are stored: all readings, or some readings and the failures of the others. Returns whether the state
    /// changed.
    /// </summary>
    /// <exception cref="ArgumentException">A failure belongs to another experiment.</exception>
    public bool Report(long experiment, IReadOnlyCollection<ReadingFailure> failures) =>
        failures.Count == 0 ? ReportDone(experiment) : ReportFailed(experiment, failures);

    /// <summary>Records that all readings of an experiment are stored. Returns whether the state changed.</summary>
    public bool ReportDone(long experiment)
    {
        if (StateOf(experiment) == State.Done)
        {
            return false;
        }

        // A result that arrives after the experiment was marked failed replaces the failure.
        Settle(experiment, State.Done, []);
        return true;
    }

    /// <summary>
    /// Records that readings of an experiment failed and the others are stored. Returns whether the state changed. Readings that were stored at the
    /// start do not fail.
    /// </summary>
    /// <exception cref="ArgumentException">There is no failure, or one that belongs to another experiment.</exception>
    public bool ReportFailed(long experiment, IReadOnlyCollection<ReadingFailure> failures)
    {
        if (StateOf(experiment) is State.Done or State.Failed)
        {
            return false;
        }

        if (failures.Count == 0)
        {
            throw new ArgumentException($"experiment {experiment} of plan '{Plan.Name}' is said to have failed without a failure", nameof(failures));
        }

        ReadingFailure[] missing = Missing(_experiments[experiment], failures);
        if (missing.Length == 0)
        {
            return ReportDone(experiment);
        }

        Settle(experiment, State.Failed, missing);
        return true;
    }

    /// <summary>
    /// Renews a lease. A lease that an earlier ledger granted is adopted with those of its experiments that wait. Returns whether the lease is valid;
    /// the holder must not work on an invalid one.
    /// </summary>
    public bool Renew(long lease, string holder, IEnumerable<long> experiments, TimeSpan now)
    {
        if (_grants.TryGetValue(lease, out Grant? grant))
        {
            grant.Expires = Expiry(now);
            return grant.Holder == holder;
        }

        List<long> open = [.. experiments.Distinct().Where(experiment => StateOf(experiment) == State.Open)];
        if (open.Count == 0)
        {
            return false;
        }

        _lastLease = Math.Max(_lastLease, lease);
        HandOut(lease, open, holder, now);
        return true;
    }

    private Lease Lease(List<long> experiments, string holder, TimeSpan now)
    {
        var lease = new Lease(++_lastLease, [.. experiments]);
        HandOut(lease.Id, experiments, holder, now);
        return lease;
    }

    private void HandOut(long id, List<long> experiments, string holder, TimeSpan now)
    {
        _grants[id] = new Grant(experiments, holder) { Expires = Expiry(now), Losses = _retries.LossesOf(experiments[0]) };
        foreach (long experiment in experiments)
        {
            _states[experiment] = State.Leased;
            _leaseOf[experiment] = id;
            _cells.Begin(_experiments.TrajectoryOf(experiment));
        }
    }

    private void Settle(long index, State next, IReadOnlyCollection<ReadingFailure> failures)
    {
        bool wasSettled = _states[index] is State.Done or State.Failed;
        Release(index, next);
        NoteDone(index, next);
        _cells.Settle(index, failures, wasSettled);
        WorkDone += wasSettled ? 0 : _experiments.Work(index);
    }

    // Moves an experiment to another state. A lease without outstanding experiments ends.
    private void Release(long experiment, State next)
    {
        _states[experiment] = next;
        if (!_leaseOf.Remove(experiment, out long lease))
        {
            return;
        }

        _cells.End(_experiments.TrajectoryOf(experiment));
        if (_grants.TryGetValue(lease, out Grant? grant) && --grant.Outstanding == 0)
        {
            _grants.Remove(lease);
        }
    }

    private State StateOf(long experiment) => experiment >= 0 && experiment < _states.Length
        ? _states[experiment]
        : throw new ArgumentException($"plan '{Plan.Name}' has {_states.Length} experiments, and none of index {experiment}", nameof(experiment));

    private TimeSpan Expiry(TimeSpan now) => _leaseTime == TimeSpan.MaxValue ? TimeSpan.MaxValue : now + _leaseTime;

    private enum State : byte
    {
        Open,
        Leased,
        Done,
        Failed,
    }

    private sealed class Grant(List<long> experiments, string holder)
    {
        public List<long> Experiments { get; } = experiments;

        public string Holder { get; } = holder;

        /// <summary>For an experiment that is retried in its own lease: how often it has lost its holder.</summary>
        public int Losses { get; init; }

        public int Outstanding { get; set; } = experiments.Count;

        public TimeSpan Expires { get; set; }
    }
}
