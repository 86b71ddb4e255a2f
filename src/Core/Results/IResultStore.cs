using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// Where readings are kept, by the key of their cell and their replicate: the only truth about what is done. A reading that is stored is never
/// replaced. Methods may be called from any thread.
/// </summary>
public interface IResultStore : IDisposable
{
    /// <summary>
    /// Adds a batch of readings and failures in one transaction: afterwards all are stored, or, on an exception, none is.
    /// A reading that is stored already is passed over; a reading takes the failure of the same cell and replicate away; a failure
    /// replaces an earlier one and is passed over where there is a reading.
    /// </summary>
    void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures);

    /// <summary>
    /// The readings of some cells, in their order, each with the replicates that its cell asks for and that are stored; null where there is none of
    /// them. Asks for all cells at once where that is quicker.
    /// </summary>
    IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells);

    /// <summary>The failures of a cell, by replicate.</summary>
    IReadOnlyList<ReadingFailure> FindFailures(CellKey key);

    /// <summary>Which replicates are stored of every cell, by ascending key, without reading the readings themselves.</summary>
    IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates();

    /// <summary>Which replicates are stored of some cells: what of one sweep is done, where the store holds many others. Cells without any are left out.</summary>
    IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys);

    /// <summary>All failures, in the order of their keys and replicates.</summary>
    IReadOnlyList<ReadingFailure> Failures();

    /// <summary>Number of readings.</summary>
    long Count();
}

/// <summary>What a store knows of a cell that tables list.</summary>
/// <param name="Result">Its readings: all of them, or, where it has failed, those that there are; null where there is none, or the cell is not finished.</param>
/// <param name="Failure">Why the first of its replicates that failed did so; null where the cell has not failed.</param>
public readonly record struct StoredCell(CellResult? Result, string? Failure)
{
    /// <summary>Whether every reading is there.</summary>
    public bool IsDone => Result is { IsComplete: true };

    /// <summary>Whether some reading is neither there nor has failed.</summary>
    public bool IsMissing => Result is null && Failure is null;
}

/// <summary>What every store offers by the members of the interface.</summary>
public static class ResultStores
{
    /// <summary>The readings of one cell; null where there is none.</summary>
    public static CellResult? Find(this IResultStore store, CellSpec spec) => store.Find([PlannedReading.Of(spec)])[0];

    /// <summary>Which replicates are stored of an experiment's cells, by their keys: for <see cref="ExperimentRunner.Run"/>.</summary>
    public static Func<CellKey, ReplicateSet> ReplicatesOf(this IResultStore store, Experiment experiment)
    {
        var replicates = store.Replicates(experiment.Readings.Select(reading => reading.Key)).ToDictionary();
        return key => replicates.GetValueOrDefault(key);
    }

    /// <summary>What is known of some cells, in their order.</summary>
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
