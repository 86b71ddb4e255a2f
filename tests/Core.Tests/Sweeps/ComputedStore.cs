using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>A store that has the readings of every cell, computed when they are asked for.</summary>
/// <param name="compute">The readings of a cell.</param>
internal sealed class ComputedStore(Func<CellSpec, IEnumerable<Reading>> compute) : IResultStore
{
    /// <summary>The cells that are not stored.</summary>
    public Func<CellSpec, bool> IsMissing { get; init; } = _ => false;

    /// <summary>The replicates that have failed.</summary>
    public Func<CellSpec, int, bool> HasFailed { get; init; } = (_, _) => false;

    /// <summary>The cells that were asked for.</summary>
    public List<CellSpec> Asked { get; } = [];

    private readonly Dictionary<CellKey, CellSpec> _specs = [];

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => [.. cells.Select(Find)];

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) =>
        [.. Enumerable.Range(0, _specs[key].Replicates).Where(replicate => HasFailed(_specs[key], replicate)).Select(replicate => new ReadingFailure(key, replicate, "failed"))];

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures) => throw new NotSupportedException();

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates() => throw new NotSupportedException();

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) => throw new NotSupportedException();

    public IReadOnlyList<ReadingFailure> Failures() => throw new NotSupportedException();

    public long Count() => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private CellResult? Find(PlannedReading cell)
    {
        Assert.Equal(CellKey.Of(cell.Spec), cell.Key);
        Asked.Add(cell.Spec);
        _specs[cell.Key] = cell.Spec;
        Reading[] readings = IsMissing(cell.Spec) ? [] : [.. compute(cell.Spec).Where(reading => !HasFailed(cell.Spec, reading.Replicate))];
        return readings.Length == 0 ? null : CellResult.Of(cell.Spec, cell.Key, readings);
    }
}
