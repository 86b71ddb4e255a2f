using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// A state for each experiment of a plan, and the rules by which experiments are leased, taken back and counted. Pure: it knows no clock (the time is
/// an argument), no thread and no store; it is rebuilt at any time from what is stored. Not safe from several threads by itself.
/// </summary>
/// <remarks>
/// Leases are handed out by estimated work, largest first, so that no large experiment is left to the end. Reports are taken in any order and as often
/// as they come. The experiments of a lease that is lost, because its holder died, wait again; the one that its holder was running is then leased alone,
/// after a second loss to a holder that holds nothing else, and fails after its third holder has died. Nothing else is blamed.
/// </remarks>
public sealed partial class SweepLedger
{
    /// <summary>How often an experiment may lose its holder before it fails.</summary>
    public const int MaximumLosses = 3;

    // Of a lease of many small experiments: what is small enough for one message, and to be lost.
    private const int MostInLease = 256;

    private readonly PlanExperiments _experiments;
    private readonly TimeSpan _leaseTime;
    private readonly State[] _states;
    private readonly OpenExperiments _open;
    private readonly Suspects _suspects;
    private readonly Dictionary<long, Grant> _grants = [];
    private readonly Dictionary<long, long> _leaseOf = [];

    // By the rank of their lengths, the replicates that are stored of experiments of which some readings are.
    private readonly Dictionary<long, ReplicateSet[]> _partlyStored = [];
    private readonly CellCounter _cells;
    private long _lastLease;

    /// <summary>The ledger of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="stored">The replicates that are stored, by cell key; null where none is.</param>
    /// <param name="leaseTime">How long a lease lasts if it is not renewed; by default for ever.</param>
    /// <param name="failures">The failures that are stored and count, by cell key; null where there are none. An experiment whose missing readings have all failed has failed.</param>
    /// <param name="lastLease">A number above which no id of a lease was ever used.</param>
    public SweepLedger(
        SweepPlan plan,
        Func<CellKey, ReplicateSet>? stored = null,
        TimeSpan? leaseTime = null,
        Func<CellKey, IEnumerable<ReadingFailure>>? failures = null,
        long lastLease = 0)
    {
        (Plan, _experiments, _leaseTime, _lastLease) = (plan, plan.Experiments, leaseTime ?? TimeSpan.MaxValue, lastLease);
        _states = new State[_experiments.Count];
        _cells = new CellCounter(plan);
        _suspects = new Suspects(index => _states[index] == State.Open);
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

    /// <summary>Operations of all experiments of which readings were not stored at the start (<see cref="WorkEstimate"/>).</summary>
    public double OpenWork { get; }

    /// <summary>How much of <see cref="OpenWork"/> is done or has failed.</summary>
    public double WorkDone { get; private set; }

    /// <summary>The counts of the moment, in cells.</summary>
    public LedgerCounts Counts => _cells.Counts;

    /// <summary>The cells with a reading that could not be computed, by index, with the reason of the first such replicate.</summary>
    public IReadOnlyDictionary<long, string> Failures => _cells.Failures;

    /// <summary>Who holds leases.</summary>
    public IEnumerable<string> Holders => _grants.Values.Select(grant => grant.Holder).Distinct();

    /// <summary>Whether some readings of an open experiment are stored, so that they need not be computed again.</summary>
    public bool IsPartlyStored(long experiment) => _partlyStored.ContainsKey(experiment);

    /// <summary>The next lease; null when nothing is to be had at the moment.</summary>
    /// <param name="now">The present time, from any fixed origin.</param>
    /// <param name="holder">Who asks.</param>
    /// <param name="work">Experiments are added to the lease until it has as much work as this, in operations, or many of them.</param>
    public Lease? TryLease(TimeSpan now, string holder = "", double work = 0)
    {
        Grant[] held = [.. _grants.Values.Where(grant => grant.Losses > 0 && grant.Holder == holder)];
        if (held.Any(grant => grant.Losses > 1))
        {
            return null; // what it runs is to be run alone
        }

        if (_suspects.HasTwice)
        {
            // No other lease is handed out until a holder without leases has taken this experiment.
            return _grants.Values.Any(grant => grant.Holder == holder) ? null : Lease([_suspects.TakeTwice()], holder, now);
        }

        if (held.Length == 0 && _suspects.HasOnce)
        {
            return Lease([_suspects.TakeOnce()], holder, now);
        }

        List<long> experiments = [];
        while (experiments.Count < MostInLease && _open.TryTake(out long experiment))
        {
            if (_states[experiment] != State.Open || _suspects.Losses(experiment) > 0)
            {
                continue; // settled while it waited, or tried again by itself
            }

            experiments.Add(experiment);
            _states[experiment] = State.Leased; // one that waits twice is taken once
            work -= _experiments.Work(experiment);
            if (work <= 0)
            {
                break;
            }
        }

        return experiments.Count > 0 ? Lease(experiments, holder, now) : null;
    }

    /// <summary>Notes that what an experiment has yielded is stored: all readings, or its failures and the other ones. Whether it was news.</summary>
    /// <exception cref="ArgumentException">A failure is not of this experiment.</exception>
    public bool Report(long experiment, IReadOnlyCollection<ReadingFailure> failures) =>
        failures.Count == 0 ? ReportDone(experiment) : ReportFailed(experiment, failures);

    /// <summary>Notes that all readings of an experiment are stored. Whether it was news.</summary>
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
    /// Notes that readings of an experiment could not be computed; the others are stored. Whether it was news. Readings that were stored at the start do not fail.
    /// </summary>
    /// <exception cref="ArgumentException">There is no failure, or one that is not of this experiment.</exception>
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
    /// Lets a lease go on. A lease that this ledger does not know, because another one before it handed it out, is taken over with those of its experiments that wait.
    /// Whether it is out: a lease that is not must not be worked on.
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
        _grants[id] = new Grant(experiments, holder) { Expires = Expiry(now), Losses = _suspects.Losses(experiments[0]) };
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
        _cells.Settle(index, failures, wasSettled);
        WorkDone += wasSettled ? 0 : _experiments.Work(index);
    }

    // An experiment leaves the state it is in; a lease that holds no experiment any more has ended.
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

        /// <summary>Of an experiment that is tried again by itself: how often it has lost its holder.</summary>
        public int Losses { get; init; }

        public int Outstanding { get; set; } = experiments.Count;

        public TimeSpan Expires { get; set; }
    }
}
