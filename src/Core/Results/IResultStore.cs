using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// Stores readings by cell key and replicate; the only record of what is done. A stored reading is never replaced. Methods may be called from any
/// thread.
/// </summary>
public interface IResultStore : IDisposable
{
    /// <summary>
    /// Adds a batch of readings and failures in one transaction: on an exception none of them is stored. A reading that is already stored is ignored.
    /// A reading deletes the failure of the same cell and replicate. A failure replaces an earlier one and is ignored where a reading is stored.
    /// </summary>
    void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures);

    /// <summary>
    /// The stored readings of some cells, in the given order, each with the replicates that its cell asks for; null for a cell without any. A store
    /// reads all cells at once where that is faster.
    /// </summary>
    IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells);

    /// <summary>The failures of a cell, ordered by replicate.</summary>
    IReadOnlyList<ReadingFailure> FindFailures(CellKey key);

    /// <summary>The stored replicates of every cell, by ascending key. The readings themselves are not read.</summary>
    IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates();

    /// <summary>The stored replicates of some cells, for one sweep in a store that holds many others. Cells without readings are left out.</summary>
    IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys);

    /// <summary>All failures, ordered by key and replicate.</summary>
    IReadOnlyList<ReadingFailure> Failures();

    /// <summary>Number of readings.</summary>
    long Count();
}

/// <summary>What a store contains of a cell that the tables list.</summary>
/// <param name="Result">All readings of a finished cell or the available readings of a failed one; null where there are none or the cell is
/// unfinished.</param>
/// <param name="Failure">Reason of the first replicate that failed; null where the cell has not failed.</param>
public readonly record struct StoredCell(CellResult? Result, string? Failure)
{
    /// <summary>Whether every reading is stored.</summary>
    public bool IsDone => Result is { IsComplete: true };

    /// <summary>Whether some reading is neither stored nor failed.</summary>
    public bool IsMissing => Result is null && Failure is null;
}

/// <summary>Queries composed of the members of <see cref="IResultStore"/>.</summary>
public static class ResultStores
{
    /// <summary>The readings of one cell; null where there is none.</summary>
    public static CellResult? Find(this IResultStore store, CellSpec spec) => store.Find([PlannedReading.Of(spec)])[0];

    /// <summary>A function from cell key to stored replicates, for the cells of an experiment, as <see cref="ExperimentRunner.Run"/> takes it.</summary>
    public static Func<CellKey, ReplicateSet> ReplicatesOf(this IResultStore store, Experiment experiment)
    {
        var replicates = store.Replicates(experiment.Readings.Select(reading => reading.Key)).ToDictionary();
        return key => replicates.GetValueOrDefault(key);
    }

    /// <summary>What a store contains of some cells, in the given order.</summary>
    public static StoredCell[] Cells(this IResultStore store, IReadOnlyList<PlannedReading> cells) =>
    [
        .. cells.Zip(store.Find(cells), (cell, result) =>
        {
            if (result is { IsComplete: true })
            {
                return new StoredCell(result, null);
            }

            string? failure = store.FindFailures(cell.Key).FirstOrDefault(failure => failure.Replicate < cell.Spec.Replicates)?.Reason;
            return failure is null ? default : new StoredCell(result, failure);
        }),
    ];
}
