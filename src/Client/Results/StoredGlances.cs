using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>The cells of a whole plan as a store has them.</summary>
internal sealed class StoredGlances(SweepPlan whole, IResultStore store)
{
    /// <summary>Lays out a table of the cells of a slice.</summary>
    public GlanceTable Table(PlanSlice slice, int width, int height) => GlanceTable.Of(slice, Find, width, height);

    private IReadOnlyList<CellGlance> Find(IReadOnlyList<long> cells)
    {
        CellKey[] keys = [.. cells.Select(cell => CellKey.Of(whole.Cell(cell)))];
        return [.. keys.Zip(store.Find(keys), Glance)];
    }

    private CellGlance Glance(CellKey key, CellResult? result) => result is null
        ? CellGlance.Of(null, hasFailed: store.FindFailure(key) is not null)
        : CellGlance.Of(CellSummary.Of(result, CellTheory.Unknown));
}
