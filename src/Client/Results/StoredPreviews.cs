using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>Reads the cells of a whole plan from a store, for a table on the terminal.</summary>
/// <param name="whole">The plan.</param>
/// <param name="store">The store.</param>
/// <param name="preview">The text of a cell; null for that of its norm.</param>
internal sealed class StoredPreviews(SweepPlan whole, IResultStore store, Func<StoredCell, CellPreview>? preview = null)
{
    /// <summary>Lays out a table of the cells of a slice.</summary>
    public CellGrid Table(PlanSlice slice, int width, int height) => CellGrid.Of(slice, Find, width, height);

    /// <summary>The texts of some cells.</summary>
    public IReadOnlyList<CellPreview> Of(IReadOnlyList<long> cells) => Find(cells);

    private IReadOnlyList<CellPreview> Find(IReadOnlyList<long> cells) =>
        Array.ConvertAll(store.Cells([.. cells.Select(whole.Planned)]), cell => (preview ?? Preview)(cell));

    private static CellPreview Preview(StoredCell cell) =>
        CellPreview.Of(cell.Result is null ? null : CellSummary.Of(cell.Result, CellTheory.Unknown), hasFailed: cell.Failure is not null);
}
