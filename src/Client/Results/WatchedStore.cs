using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>A store that reports to a stage board when a thread is storing. Disposing it leaves the inner store open.</summary>
internal sealed class WatchedStore(IResultStore store, StageBoard stages) : IResultStore
{
    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
    {
        StageBoard.Place place = stages.Current;
        Stage before = place.Stage;
        place.Stage = Stage.Storing;
        try
        {
            store.Add(results, failures);
        }
        finally
        {
            place.Stage = before;
        }
    }

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => store.Find(cells);

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) => store.FindFailures(key);

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates() => store.Replicates();

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) => store.Replicates(keys);

    public IReadOnlyList<ReadingFailure> Failures() => store.Failures();

    public long Count() => store.Count();

    public void Dispose()
    {
    }
}
