using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>A plan's cells with stored readings and failures: the state of each cell is computed from its readings.</summary>
internal sealed class LedgerCells
{
    private readonly CellSpec[] _cells;
    private readonly CellKey[] _keys;

    // The experiments that read a cell with this key.
    private readonly long[][] _readers;
    private readonly Dictionary<CellKey, HashSet<int>> _stored = [];
    private readonly Dictionary<CellKey, Dictionary<int, string>> _failures = [];

    public LedgerCells(SweepPlan plan)
    {
        _cells = [.. Enumerable.Range(0, (int)plan.CellCount).Select(index => plan.Cell(index))];
        _keys = [.. _cells.Select(CellKey.Of)];
        ILookup<CellKey, long> readers = Enumerable.Range(0, (int)plan.Experiments.Count)
            .SelectMany(index => plan.Experiments[index].Readings.Select(reading => (reading.Key, Index: (long)index)))
            .ToLookup(reader => reader.Key, reader => reader.Index);
        _readers = [.. _keys.Select(key => readers[key].ToArray())];
        foreach (CellKey key in _keys)
        {
            (_stored[key], _failures[key]) = ([], []);
        }
    }

    public ReplicateSet StoredOf(CellKey key) => ReplicateSet.Of([.. _stored[key].Order()]);

    public bool IsStored(CellKey key, int replicate) => _stored[key].Contains(replicate);

    public bool AreStored(Experiment experiment) => experiment.Failures("").All(reading => IsStored(reading.Key, reading.Replicate));

    /// <summary>The reason why a reading failed; null if it has not failed.</summary>
    public string? FailureOf(CellKey key, int replicate) => _failures[key].GetValueOrDefault(replicate);

    public void Store(StoredRange range)
    {
        int cell = range.Cell % _cells.Length;
        for (int replicate = range.First; replicate < Math.Min(range.First + range.Count, _cells[cell].Replicates); replicate++)
        {
            Store(_keys[cell], replicate);
        }
    }

    /// <summary>Stores the readings of an experiment except the failed ones.</summary>
    public void Finish(Experiment experiment, ReadingFailure[] failures)
    {
        HashSet<(CellKey, int)> failed = [.. failures.Select(failure => (failure.Key, failure.Replicate))];
        foreach (ReadingFailure reading in experiment.Failures("").Where(reading => !failed.Contains((reading.Key, reading.Replicate))))
        {
            Store(reading.Key, reading.Replicate);
        }

        Fail(failures);
    }

    /// <summary>Records failures, except those of stored readings.</summary>
    public void Fail(IEnumerable<ReadingFailure> failures)
    {
        foreach (ReadingFailure failure in failures.Where(failure => !IsStored(failure.Key, failure.Replicate)))
        {
            _failures[failure.Key][failure.Replicate] = failure.Reason;
        }
    }

    /// <summary>The cells of which every reading is stored.</summary>
    public HashSet<long> Complete() =>
        [.. _cells.Index().Where(cell => Enumerable.Range(0, cell.Item.Replicates).All(_stored[_keys[cell.Index]].Contains)).Select(cell => (long)cell.Index)];

    /// <summary>The cells with failures among their replicates, with the reason of the first.</summary>
    public Dictionary<long, string> Failures() => _cells.Index()
        .Select(cell => (cell.Index, Failed: _failures[_keys[cell.Index]].Where(failure => failure.Key < cell.Item.Replicates).OrderBy(failure => failure.Key).ToArray()))
        .Where(cell => cell.Failed.Length > 0)
        .ToDictionary(cell => (long)cell.Index, cell => cell.Failed[0].Value);

    /// <summary>The state of each cell: it is done or failed if all experiments that read it are settled, and done if it was complete before.</summary>
    public LedgerCounts Counts(HashSet<long> completeBefore, HashSet<long> settled, HashSet<long> leased)
    {
        Dictionary<long, string> failures = Failures();
        var counts = new long[4];
        for (int cell = 0; cell < _cells.Length; cell++)
        {
            int state = completeBefore.Contains(cell) ? 0
                : _readers[cell].All(settled.Contains) ? failures.ContainsKey(cell) ? 1 : 0
                : _readers[cell].Any(leased.Contains) ? 2
                : 3;
            counts[state]++;
        }

        return new LedgerCounts(counts[0], counts[1], counts[2], counts[3]);
    }

    private void Store(CellKey key, int replicate)
    {
        _stored[key].Add(replicate);
        _failures[key].Remove(replicate);
    }
}
