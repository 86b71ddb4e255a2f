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

    // Marks what is stored; returns the experiments whose readings that are not stored have all failed.
    private List<(long Index, ReadingFailure[] Failures)> MarkStored(Func<CellKey, ReplicateSet>? stored, Func<CellKey, IEnumerable<ReadingFailure>>? failures)
    {
        List<(long, ReadingFailure[])> failed = [];
        for (long trajectory = 0; trajectory < Plan.TrajectoryCount; trajectory++)
        {
            if (Plan.SharedTrajectory(trajectory) != trajectory)
            {
                continue; // counted with the trajectory whose readings it shares, before that one's experiments are settled
            }

            CellKey[] keys = [.. Plan.Keys.Along(trajectory).Select(cell => cell.Key)];
            ReplicateSet[] sets = stored is null ? new ReplicateSet[keys.Length] : Array.ConvertAll(keys, key => stored(key));
            ReadingFailure[] failing = failures is null ? [] : [.. keys.SelectMany(failures)];
            foreach (long sharing in Plan.TrajectoriesOf(trajectory))
            {
                int replicates = Plan.Cell(Plan.CellIndex(sharing, 0)).Replicates;
                Array.ForEach(sets, set => _cells.CountStored(trajectory, set.HasFirst(replicates)));
            }

            long first = _experiments.FirstOf(trajectory);
            for (long index = first; index < first + _experiments.CountOf(trajectory); index++)
            {
                (int begin, int end) = _experiments.Replicates(index);
                long storedCount = sets.Sum(set => (long)set.CountIn(begin, end)), all = (long)sets.Length * (end - begin);
                ReadingFailure[] own = [.. failing.Where(failure => failure.Replicate >= begin && failure.Replicate < end && !sets[Array.IndexOf(keys, failure.Key)].Contains(failure.Replicate))];
                if (storedCount == all)
                {
                    _states[index] = State.Done;
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
        }

        return failed;
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
