using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

/// <summary>A store for tests that only write; reading throws.</summary>
internal abstract class WriteOnlyStore : IResultStore
{
    public abstract void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures);

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => throw new NotSupportedException();

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) => throw new NotSupportedException();

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates() => throw new NotSupportedException();

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) => throw new NotSupportedException();

    public IReadOnlyList<ReadingFailure> Failures() => throw new NotSupportedException();

    public long Count() => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
