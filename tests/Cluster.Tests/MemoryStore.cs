using System.Collections.Concurrent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Cluster.Tests;

/// <summary>A store in memory that counts the readings that were added although they were stored already.</summary>
internal sealed class MemoryStore : IResultStore
{
    private readonly ConcurrentDictionary<(CellKey Key, int Replicate), Reading> _readings = new();
    private readonly ConcurrentDictionary<(CellKey Key, int Replicate), ReadingFailure> _failures = new();
    private int _doubles, _asked;

    public Exception? Refusal { get; set; }

    /// <summary>Called when it is asked what it has of some cells.</summary>
    public Action<IEnumerable<CellKey>> OnAsked { get; set; } = _ => { };

    /// <summary>Number of readings that were added more than once.</summary>
    public int Doubles => _doubles;

    /// <summary>How often it was asked what it has of some cells.</summary>
    public int Asked => _asked;

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        foreach ((CellKey key, Reading reading) in results.SelectMany(result => result.Replicates.Select(reading => (result.Key, reading))))
        {
            if (!_readings.TryAdd((key, reading.Replicate), reading))
            {
                Interlocked.Increment(ref _doubles);
            }
        }

        foreach (ReadingFailure failure in failures)
        {
            _failures[(failure.Key, failure.Replicate)] = failure;
        }
    }

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) =>
    [
        .. cells.Select(cell => CellResult.Of(cell.Spec, cell.Key, OfCell(cell.Key))).Select(result => result.Replicates.IsEmpty ? null : result),
    ];

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) => [.. Failures().Where(failure => failure.Key == key)];

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates() => Replicates(_readings.Keys.Select(reading => reading.Key).Distinct().Order());

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys)
    {
        Interlocked.Increment(ref _asked);
        OnAsked(keys);
        ILookup<CellKey, int> replicates = _readings.Keys.ToLookup(reading => reading.Key, reading => reading.Replicate);
        return keys.Where(replicates.Contains).Select(key => KeyValuePair.Create(key, ReplicateSet.Of([.. replicates[key].Order()])));
    }

    public IReadOnlyList<ReadingFailure> Failures() => [.. _failures.Values.OrderBy(failure => failure.Key).ThenBy(failure => failure.Replicate)];

    public long Count() => _readings.Count;

    public void Dispose()
    {
    }

    /// <summary>Every reading with its key, ordered by key and replicate; two stores with equal numbers have equal lists.</summary>
    public IEnumerable<(CellKey Key, Reading Reading)> Rows() =>
        _readings.OrderBy(row => row.Key.Key).ThenBy(row => row.Key.Replicate).Select(row => (row.Key.Key, row.Value));

    private IEnumerable<Reading> OfCell(CellKey key) => _readings.Where(row => row.Key.Key == key).Select(row => row.Value).OrderBy(reading => reading.Replicate);
}
