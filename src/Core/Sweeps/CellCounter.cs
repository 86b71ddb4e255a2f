using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Counts cells while their experiments are settled. A cell is done, or has failed, when every experiment of its trajectory is settled. Only
/// trajectories in progress or with failures take memory.
/// </summary>
internal sealed class CellCounter(SweepPlan plan)
{
    private readonly long _cellsEach = plan.SequenceLengthCount * plan.TrajectoriesEach;
    private readonly Dictionary<long, Entry> _entries = [];
    private readonly Dictionary<long, string> _failures = [];
    private long _done, _failed, _leased, _open = plan.CellCount;

    public LedgerCounts Counts => new(_done, _failed, _leased, _open);

    /// <summary>The cells with failures, by index, with the reason of the first replicate.</summary>
    public IReadOnlyDictionary<long, string> Failures => _failures;

    /// <summary>Sets how many cells of a trajectory have all their readings stored although not all its experiments are settled.</summary>
    public void SetStored(long trajectory, int cells) => Change(trajectory, entry => entry.DoneBefore = cells);

    /// <summary>Counts a trajectory whose experiments were all done before the start.</summary>
    public void SettleTrajectory()
    {
        _open -= _cellsEach;
        _done += _cellsEach;
    }

    /// <summary>Counts an experiment whose readings were all stored at the start.</summary>
    public void SettleStored(long trajectory) => Change(trajectory, entry => entry.Remaining--);

    /// <summary>Counts an experiment that is being run.</summary>
    public void Begin(long trajectory) => Change(trajectory, entry => entry.Leased++);

    /// <summary>Counts an experiment that is no longer being run.</summary>
    public void End(long trajectory) => Change(trajectory, entry => entry.Leased--);

    /// <summary>Counts an experiment that is done, or has failures.</summary>
    /// <param name="index">The experiment's index.</param>
    /// <param name="failures">Its failures, which replace earlier ones.</param>
    /// <param name="wasSettled">Whether the experiment was settled before.</param>
    public void Settle(long index, IReadOnlyCollection<ReadingFailure> failures, bool wasSettled = false)
    {
        long trajectory = plan.Experiments.TrajectoryOf(index);
        Change(trajectory, entry =>
        {
            entry.Remaining -= wasSettled ? 0 : 1;
            if (failures.Count == 0 && !wasSettled)
            {
                return; // the usual case, which does not need the experiment with its keys
            }

            Experiment experiment = plan.Experiments[index];
            if (wasSettled)
            {
                RemoveFailures(entry, experiment);
            }

            foreach (ReadingFailure failure in failures)
            {
                AddFailure(entry, trajectory, experiment, failure);
            }
        });
    }

    private void RemoveFailures(Entry entry, Experiment experiment)
    {
        foreach ((long cell, SortedDictionary<int, string> reasons) in entry.Failures.ToArray())
        {
            foreach (int replicate in reasons.Keys.Where(experiment.Runs).ToArray())
            {
                reasons.Remove(replicate);
            }

            UpdateReason(entry, cell, reasons);
        }
    }

    private void AddFailure(Entry entry, long shared, Experiment experiment, ReadingFailure failure)
    {
        int rank = experiment.RankOf(failure.Key);
        foreach (long trajectory in plan.TrajectoriesOf(shared))
        {
            long cell = plan.CellIndex(trajectory, rank);
            if (failure.Replicate >= plan.Cell(cell).Replicates)
            {
                continue;
            }

            if (!entry.Failures.TryGetValue(cell, out SortedDictionary<int, string>? reasons))
            {
                entry.Failures[cell] = reasons = [];
            }

            reasons[failure.Replicate] = failure.Reason;
            UpdateReason(entry, cell, reasons);
        }
    }

    private void UpdateReason(Entry entry, long cell, SortedDictionary<int, string> reasons)
    {
        if (reasons.Count > 0)
        {
            _failures[cell] = reasons.First().Value;
            return;
        }

        _failures.Remove(cell);
        entry.Failures.Remove(cell);
    }

    // Subtracts a trajectory from the counts, changes it, and adds it again.
    private void Change(long trajectory, Action<Entry> change)
    {
        if (!_entries.TryGetValue(trajectory, out Entry? entry))
        {
            _entries[trajectory] = entry = new Entry { Remaining = plan.Experiments.CountOf(trajectory) };
        }

        Count(entry, -1);
        change(entry);
        Count(entry, 1);
        if (entry is { Leased: 0, Failures.Count: 0 } && (entry.Remaining == 0 || (entry.DoneBefore == 0 && entry.Remaining == plan.Experiments.CountOf(trajectory))))
        {
            _entries.Remove(trajectory);
        }
    }

    private void Count(Entry entry, int sign)
    {
        bool isSettled = entry.Remaining == 0;
        long failed = isSettled ? entry.Failures.Count : 0, rest = isSettled ? 0 : _cellsEach - entry.DoneBefore;
        _done += sign * (_cellsEach - failed - rest);
        _failed += sign * failed;
        _leased += entry.Leased > 0 ? sign * rest : 0;
        _open += entry.Leased > 0 ? 0 : sign * rest;
    }

    /// <summary>A trajectory with experiments, and all cells that are read from its runs.</summary>
    private sealed class Entry
    {
        /// <summary>Number of its experiments that are not settled.</summary>
        public int Remaining { get; set; }

        /// <summary>Number of its experiments that are being run.</summary>
        public int Leased { get; set; }

        /// <summary>Number of its cells that were complete at the start.</summary>
        public int DoneBefore { get; set; }

        /// <summary>Reasons by replicate, of each cell with failures.</summary>
        public Dictionary<long, SortedDictionary<int, string>> Failures { get; } = [];
    }
}
