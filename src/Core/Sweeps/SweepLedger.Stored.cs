using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <content>The stored state that a ledger starts from.</content>
public sealed partial class SweepLedger
{
    /// <summary>
    /// Restores how often experiments have lost their holders, and the leases that an earlier ledger of the same plan granted. Their holders
    /// continue, and renew them in time or lose them. Call it only at the start, before the first lease.
    /// </summary>
    /// <param name="losses">How often experiments have lost their holder, by index.</param>
    /// <param name="leases">The leases: id, holder, and experiments in order. Experiments that are settled are left out.</param>
    /// <param name="now">The present time.</param>
    /// <returns>The experiments that fail now because of their losses.</returns>
    public IReadOnlyList<LostExperiment> Restore(
        IReadOnlyDictionary<long, int> losses, IEnumerable<(long Id, string Holder, IReadOnlyList<long> Experiments)> leases, TimeSpan now)
    {
        foreach ((long experiment, int count) in losses)
        {
            _retries.SetLosses(experiment, count);
        }

        foreach ((long id, string holder, IReadOnlyList<long> experiments) in leases.OrderBy(lease => lease.Id))
        {
            _ = Renew(id, holder, experiments, now);
        }

        return
        [
            .. from loss in losses.OrderBy(loss => loss.Key)
               where StateOf(loss.Key) == State.Open
               let failures = Retry(loss.Key)
               where !failures.IsEmpty
               select new LostExperiment(loss.Key, loss.Value, failures),
        ];
    }

    /// <summary>The trajectories before this one have been compared with the store, or need not be.</summary>
    public long Compared { get; set; }

    /// <summary>Whether readings of an experiment may be stored although the ledger does not know it.</summary>
    public bool MayBeStored(long experiment) => _returned.Contains(experiment) || _experiments.TrajectoryOf(experiment) >= Compared;

    /// <summary>The first trajectories from <see cref="Compared"/> on with experiments that are not settled, ascending.</summary>
    /// <param name="most">The most trajectories to return.</param>
    public IReadOnlyList<long> Uncompared(int most)
    {
        List<long> trajectories = [];
        for (long trajectory = Compared; trajectory < Plan.TrajectoryCount && trajectories.Count < most; trajectory++)
        {
            if (!IsSettled(trajectory))
            {
                trajectories.Add(trajectory);
            }
        }

        return trajectories;
    }

    /// <summary>Marks what is stored of a trajectory. Experiments that are leased or settled keep their state.</summary>
    /// <param name="stored">What is stored of it.</param>
    /// <param name="failures">The stored failures that count, by cell key; null where there are none.</param>
    public void Mark(StoredTrajectory stored, Func<CellKey, IEnumerable<ReadingFailure>>? failures = null)
    {
        foreach ((long index, ReadingFailure[] missing) in MarkStored(stored, failures))
        {
            Settle(index, State.Failed, missing);
        }
    }

    // Marks what is stored; returns the experiments whose readings that are not stored have all failed.
    private List<(long Index, ReadingFailure[] Failures)> MarkStored(Func<CellKey, ReplicateSet>? stored, Func<CellKey, IEnumerable<ReadingFailure>>? failures)
    {
        List<(long, ReadingFailure[])> failed = [];
        for (long trajectory = 0; trajectory < Plan.TrajectoryCount; trajectory++)
        {
            if (!IsSettled(trajectory))
            {
                CellKey[] keys = [.. Plan.Keys.Along(trajectory).Select(cell => cell.Key)];
                failed.AddRange(MarkStored(new StoredTrajectory(trajectory, keys, stored is null ? new ReplicateSet[keys.Length] : Array.ConvertAll(keys, key => stored(key))), failures));
            }
        }

        return failed;
    }

    private IEnumerable<(long Index, ReadingFailure[] Failures)> MarkStored(StoredTrajectory stored, Func<CellKey, IEnumerable<ReadingFailure>>? failures)
    {
        (long trajectory, CellKey[] keys, ReplicateSet[] sets) = stored;
        ReadingFailure[] failing = failures is null ? [] : [.. keys.SelectMany(failures)];
        if (IsSettled(trajectory) || (failing.Length == 0 && sets.All(set => set.Count == 0)))
        {
            return [];
        }

        _cells.SetStored(trajectory, Plan.TrajectoriesOf(trajectory).Sum(sharing =>
        {
            int replicates = Plan.Cell(Plan.CellIndex(sharing, 0)).Replicates;
            return sets.Count(set => set.HasFirst(replicates));
        }));
        List<(long, ReadingFailure[])> failed = [];
        foreach (long index in Open(trajectory))
        {
            (int begin, int end) = _experiments.Replicates(index);
            long storedCount = sets.Sum(set => (long)set.CountIn(begin, end)), all = (long)sets.Length * (end - begin);
            ReadingFailure[] own = [.. failing.Where(failure => failure.Replicate >= begin && failure.Replicate < end && !sets[Array.IndexOf(keys, failure.Key)].Contains(failure.Replicate))];
            if (storedCount == all)
            {
                _states[index] = State.Done;
                OpenWork -= _experiments.Work(index);
                NoteDone(index, State.Done);
                _cells.SettleStored(trajectory);
                continue;
            }

            if (storedCount > 0)
            {
                _partlyStored[index] = sets;
            }

            if (storedCount + own.Length == all)
            {
                failed.Add((index, own));
            }
        }

        return failed;
    }

    // The experiments of a trajectory that are neither settled nor leased.
    private IEnumerable<long> Open(long trajectory)
    {
        long first = _experiments.FirstOf(trajectory);
        for (long index = first; index < first + _experiments.CountOf(trajectory); index++)
        {
            if (_states[index] == State.Open)
            {
                yield return index;
            }
        }
    }

    // Whether all experiments of a trajectory are done or have failed; true where it has none, because it is read from the runs of another.
    private bool IsSettled(long trajectory) => AreAll(trajectory, state => state is State.Done or State.Failed);

    private bool AreAll(long trajectory, Func<State, bool> isWanted)
    {
        long first = _experiments.FirstOf(trajectory);
        for (long index = first; index < first + _experiments.CountOf(trajectory); index++)
        {
            if (!isWanted(_states[index]))
            {
                return false;
            }
        }

        return true;
    }

    // Selects the failures of readings that were not stored at the start.
    private ReadingFailure[] Missing(Experiment experiment, IReadOnlyCollection<ReadingFailure> failures)
    {
        ReplicateSet[]? stored = _partlyStored.GetValueOrDefault(experiment.Index);
        return [.. failures.Where(failure => stored is null ? RankOf(failure) >= 0 : !stored[RankOf(failure)].Contains(failure.Replicate))];

        int RankOf(ReadingFailure failure)
        {
            int rank = experiment.RankOf(failure.Key);
            return rank >= 0 && experiment.Runs(failure.Replicate)
                ? rank
                : throw new ArgumentException(
                    $"experiment {experiment.Index} of plan '{Plan.Name}' does not read cell {failure.Key}, replicate {failure.Replicate}", nameof(failures));
        }
    }
}
