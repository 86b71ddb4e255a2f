using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>A store that tells a board when a thread is storing. It leaves the store open.</summary>
internal sealed class WatchedStore(IResultStore store, StageBoard stages) : IResultStore
{
    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<CellFailure> failures)
    {
        StageBoard.Place place = stages.Mine;
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

    public CellResult? Find(CellKey key) => store.Find(key);

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<CellKey> keys) => store.Find(keys);

    public CellFailure? FindFailure(CellKey key) => store.FindFailure(key);

    public IEnumerable<CellKey> Keys() => store.Keys();

    public IEnumerable<CellKey> Stored(IEnumerable<CellKey> keys) => store.Stored(keys);

    public IReadOnlyList<CellFailure> Failures() => store.Failures();

    public long Count() => store.Count();

    public void Dispose()
    {
    }
}
