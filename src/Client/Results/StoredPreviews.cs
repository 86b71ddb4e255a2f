using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>Reads the cells of a whole plan from a store, for a table on the terminal.</summary>
internal sealed class StoredPreviews(SweepPlan whole, IResultStore store)
{
    /// <summary>Lays out a table of the cells of a slice.</summary>
    public CellGrid Table(PlanSlice slice, int width, int height) => CellGrid.Of(slice, Find, width, height);

    private IReadOnlyList<CellPreview> Find(IReadOnlyList<long> cells) =>
        Array.ConvertAll(store.Cells([.. cells.Select(whole.Planned)]), Preview);

    private static CellPreview Preview(StoredCell cell) =>
        CellPreview.Of(cell.Result is null ? null : CellSummary.Of(cell.Result, CellTheory.Unknown), hasFailed: cell.Failure is not null);
}
