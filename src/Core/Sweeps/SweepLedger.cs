using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

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
public sealed class SweepLedger
{
    /// <summary>How often an experiment may lose its holder before it fails.</summary>
    public const int MaximumLosses = 3;

    // Of a lease of many small experiments: what is small enough for one message, and to be lost.
    private const int MostInLease = 256;

    private readonly PlanExperiments _experiments;
    private readonly TimeSpan _leaseTime;
    private readonly State[] _states;
    private readonly OpenExperiments _open;
    private readonly Queue<long> _suspects = new(), _isolated = new();
    private readonly Dictionary<long, Grant> _grants = [];
    private readonly Dictionary<long, long> _leaseOf = [];
    private readonly Dictionary<long, int> _losses = [];

    // By the rank of their lengths, the replicates that are stored of experiments of which some readings are.
    private readonly Dictionary<long, ReplicateSet[]> _partlyStored = [];
    private readonly CellCounter _cells;
    private long _lastLease;

    /// <summary>The ledger of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="stored">The replicates that are stored, by cell key; null where none is.</param>
    /// <param name="leaseTime">How long a lease lasts if it is not renewed; by default for ever.</param>
    public SweepLedger(SweepPlan plan, Func<CellKey, ReplicateSet>? stored = null, TimeSpan? leaseTime = null)
    {
        (Plan, _experiments, _leaseTime) = (plan, plan.Experiments, leaseTime ?? TimeSpan.MaxValue);
        _states = new State[_experiments.Count];
        _cells = new CellCounter(plan);
        if (stored is not null)
        {
            MarkStored(stored);
        }

        _open = new OpenExperiments(_experiments, index => _states[index] == State.Open);
        OpenWork = _open.Work;
    }

    /// <summary>The plan whose experiments it counts.</summary>
    public SweepPlan Plan { get; }

    /// <summary>Reports every change that must outlive the ledger for <see cref="Restore"/> to make another one like it.</summary>
    public event Action<LedgerChange>? Changed;

    /// <summary>Operations of all experiments that were open at the start (<see cref="WorkEstimate"/>).</summary>
    public double OpenWork { get; }

    /// <summary>How much of <see cref="OpenWork"/> is done or has failed.</summary>
    public double WorkDone { get; private set; }

    /// <summary>The counts of the moment, in cells.</summary>
    public LedgerCounts Counts => _cells.Counts;

    /// <summary>The cells with a reading that could not be computed, by index, with the reason of the first such replicate.</summary>
    public IReadOnlyDictionary<long, string> Failures => _cells.Failures;

    /// <summary>The experiments that are done, ascending.</summary>
    public IEnumerable<long> DoneExperiments
    {
        get
        {
            for (long index = 0; index < _states.LongLength; index++)
            {
                if (_states[index] == State.Done)
                {
                    yield return index;
                }
            }
        }
    }

    /// <summary>Whether some readings of an open experiment are stored, so that they need not be computed again.</summary>
    public bool IsPartlyStored(long experiment) => _partlyStored.ContainsKey(experiment);

    /// <summary>
    /// Puts back leases and losses that a ledger of the same plan had reported: their holders go on with them, and renew them in time or
    /// lose them. Only at the start, before the first lease.
    /// </summary>
    /// <param name="leases">The leases that were out: id, holder, and experiments in order. Experiments that are done by now are left out.</param>
    /// <param name="losses">How often experiments have lost their holder.</param>
    /// <param name="failures">The failures of experiments.</param>
    /// <param name="lastLease">The highest id that a lease ever had.</param>
    /// <param name="now">The present time.</param>
    public void Restore(
        IEnumerable<(long Id, string Holder, ImmutableArray<long> Experiments)> leases,
        IReadOnlyDictionary<long, int> losses,
        IReadOnlyDictionary<long, ImmutableArray<ReadingFailure>> failures,
        long lastLease,
        TimeSpan now)
    {
        _lastLease = lastLease;
        foreach ((long experiment, ImmutableArray<ReadingFailure> failed) in failures.Where(failure => _states[failure.Key] == State.Open))
        {
            Experiment restored = _experiments[experiment];
            if (Missing(restored, failed) is { Length: > 0 } missing)
            {
                _states[experiment] = State.Failed;
                _cells.Settle(experiment, missing);
                WorkDone += restored.Work;
            }
        }

        foreach ((long experiment, int count) in losses.OrderBy(loss => loss.Key))
        {
            _losses[experiment] = count;
        }

        foreach ((long id, string holder, ImmutableArray<long> experiments) in leases.OrderBy(lease => lease.Id))
        {
            List<long> open = [.. experiments.Where(experiment => _states[experiment] == State.Open)];
            if (open.Count == 0)
            {
                Changed?.Invoke(new LedgerChange.Ended(id));
            }
            else
            {
                HandOut(id, open, holder, now);
            }
        }

        foreach (long experiment in _losses.Keys.Order().Where(experiment => _states[experiment] == State.Open).ToArray())
        {
            Retry(experiment);
        }
    }

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

        if (Next(_isolated) is not null)
        {
            // No other lease is handed out until a holder without leases has taken this experiment.
            return _grants.Values.Any(grant => grant.Holder == holder) ? null : Lease([_isolated.Dequeue()], holder, now);
        }

        if (held.Length == 0 && Next(_suspects) is not null)
        {
            return Lease([_suspects.Dequeue()], holder, now);
        }

        List<long> experiments = [];
        while (experiments.Count < MostInLease && _open.TryTake(out long experiment))
        {
            if (_states[experiment] != State.Open || _losses.ContainsKey(experiment))
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

    /// <summary>Notes that all readings of an experiment are stored. Whether it was news.</summary>
    public bool ReportDone(long experiment)
    {
        if (StateOf(experiment) == State.Done)
        {
            return false;
        }

        // A result that arrives after the experiment was marked failed replaces the failure.
        Settle(experiment, State.Done, []);
        Changed?.Invoke(new LedgerChange.Done(experiment));
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
        Changed?.Invoke(new LedgerChange.Failed(experiment, missing[0].Reason));
        return true;
    }

    /// <summary>Lets a lease go on. Whether it was still out: a lease that was lost before must not be worked on.</summary>
    public bool Renew(long lease, TimeSpan now)
    {
        if (!_grants.TryGetValue(lease, out Grant? grant))
        {
            return false;
        }

        grant.Expires = Expiry(now);
        return true;
    }

    /// <summary>Takes back a lease whose holder stops in good order: its open experiments wait again, and nothing is held against them.</summary>
    public void GiveBack(long lease)
    {
        if (_grants.Remove(lease, out Grant? grant))
        {
            PutBack(grant, suspect: null);
            Changed?.Invoke(new LedgerChange.Ended(lease));
        }
    }

    /// <summary>Takes back a lease whose holder died. The first experiment that it has not reported is the one that it was running.</summary>
    public void Lose(long lease)
    {
        if (_grants.Remove(lease, out Grant? grant))
        {
            PutBack(grant, grant.Experiments.Select(index => (long?)index).FirstOrDefault(index => _states[index!.Value] == State.Leased));
            Changed?.Invoke(new LedgerChange.Ended(lease));
        }
    }

    /// <summary>Loses every lease of a holder that is known to have died.</summary>
    public void LoseAll(string holder) =>
        Array.ForEach([.. _grants.Where(lease => lease.Value.Holder == holder).Select(lease => lease.Key).Order()], Lose);

    /// <summary>Who holds leases.</summary>
    public IEnumerable<string> Holders => _grants.Values.Select(grant => grant.Holder).Distinct();

    /// <summary>
    /// Takes back every lease that has run out; the leases taken. That a holder is silent is not held against its experiments: a holder that has died
    /// is reported by <see cref="LoseAll"/>.
    /// </summary>
    public IReadOnlyList<long> Expire(TimeSpan now)
    {
        long[] expired = [.. _grants.Where(lease => lease.Value.Expires <= now).Select(lease => lease.Key).Order()];
        Array.ForEach(expired, GiveBack);
        return expired;
    }

    private void MarkStored(Func<CellKey, ReplicateSet> stored)
    {
        for (long trajectory = 0; trajectory < Plan.TrajectoryCount; trajectory++)
        {
            if (Plan.SharedTrajectory(trajectory) != trajectory)
            {
                continue; // counted with the trajectory whose readings it shares, before that one's experiments are settled
            }

            var sets = new ReplicateSet[Plan.SequenceLengthCount];
            CellSpec[] specs = [.. Enumerable.Range(0, sets.Length).Select(rank => Plan.Cell(Plan.CellIndex(trajectory, rank)))];
            CellKey[] keys = CellKey.Along(specs[0], Array.ConvertAll(specs, spec => spec.SequenceLength));
            for (int rank = 0; rank < sets.Length; rank++)
            {
                sets[rank] = stored(keys[rank]);
            }

            foreach (long sharing in Plan.TrajectoriesOf(trajectory))
            {
                int replicates = Plan.Cell(Plan.CellIndex(sharing, 0)).Replicates;
                Array.ForEach(sets, set => _cells.CountStored(trajectory, set.HasFirst(replicates)));
            }

            long first = _experiments.FirstOf(trajectory);
            for (long index = first; index < first + _experiments.CountOf(trajectory); index++)
            {
                (int begin, int end) = _experiments.Replicates(index);
                long there = sets.Sum(set => (long)set.CountIn(begin, end)), all = (long)sets.Length * (end - begin);
                if (there == all)
                {
                    _states[index] = State.Done;
                    _cells.SettleStored(trajectory);
                }
                else if (there > 0)
                {
                    _partlyStored[index] = sets;
                }
            }
        }
    }

    private Lease Lease(List<long> experiments, string holder, TimeSpan now)
    {
        var lease = new Lease(++_lastLease, [.. experiments]);
        HandOut(lease.Id, experiments, holder, now);
        Changed?.Invoke(new LedgerChange.Granted(lease.Id, holder, lease.Experiments));
        return lease;
    }

    private void HandOut(long id, List<long> experiments, string holder, TimeSpan now)
    {
        _grants[id] = new Grant(experiments, holder) { Expires = Expiry(now), Losses = _losses.GetValueOrDefault(experiments[0]) };
        foreach (long experiment in experiments)
        {
            _states[experiment] = State.Leased;
            _leaseOf[experiment] = id;
            _cells.Begin(_experiments.TrajectoryOf(experiment));
        }
    }

    private void PutBack(Grant grant, long? suspect)
    {
        foreach (long experiment in grant.Experiments.Where(experiment => _states[experiment] == State.Leased))
        {
            Release(experiment, State.Open);
            if (experiment == suspect)
            {
                _losses[experiment] = _losses.GetValueOrDefault(experiment) + 1;
                Changed?.Invoke(new LedgerChange.Lost(experiment, _losses[experiment]));
            }

            if (_losses.ContainsKey(experiment))
            {
                Retry(experiment);
            }
            else
            {
                _open.PutBack(experiment);
            }
        }
    }

    private void Retry(long index)
    {
        int losses = _losses[index];
        if (losses < MaximumLosses)
        {
            (losses > 1 ? _isolated : _suspects).Enqueue(index);
            return;
        }

        // It never reported anything, so all of its readings fail.
        ReportFailed(index, _experiments[index].Failures($"its host died {losses} times while it ran this experiment, the last time with nothing else"));
    }

    // The first of a queue that is still open.
    private long? Next(Queue<long> queue)
    {
        while (queue.TryPeek(out long experiment))
        {
            if (_states[experiment] == State.Open)
            {
                return experiment;
            }

            queue.Dequeue();
        }

        return null;
    }

    private void Settle(long index, State next, IReadOnlyCollection<ReadingFailure> failures)
    {
        bool wasSettled = _states[index] is State.Done or State.Failed;
        Release(index, next);
        _cells.Settle(index, failures, wasSettled);
        WorkDone += wasSettled ? 0 : _experiments.Work(index);
    }

    // Of failures of an experiment, those of readings that were not stored at the start.
    private ReadingFailure[] Missing(Experiment experiment, IReadOnlyCollection<ReadingFailure> failures)
    {
        ReplicateSet[]? stored = _partlyStored.GetValueOrDefault(experiment.Index);
        return [.. failures.Where(failure => stored is null ? RankOf(failure) >= 0 : !stored[RankOf(failure)].Contains(failure.Replicate))];

        int RankOf(ReadingFailure failure)
        {
            int rank = 0;
            while (rank < experiment.Readings.Length && experiment.Readings[rank].Key != failure.Key)
            {
                rank++;
            }

            return rank < experiment.Readings.Length && experiment.Runs(failure.Replicate)
                ? rank
                : throw new ArgumentException(
                    $"experiment {experiment.Index} of plan '{Plan.Name}' does not read cell {failure.Key}, replicate {failure.Replicate}", nameof(failures));
        }
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
            Changed?.Invoke(new LedgerChange.Ended(lease));
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
