using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// Which cells of a lease go to a grain together: to make a grain, to call it and to let it go takes as long as to compute hundreds of the smallest cells.
/// </summary>
internal static class SmallCells
{
    // What a core does in some milliseconds: for so long nobody minds that cells are one.
    private const double MostWork = 1e7;

    /// <summary>
    /// The cells of a lease, in their order, in groups: each cell that is worth a grain alone, smaller neighbours together, and with a cell the
    /// greater lengths that are read in one go with it.
    /// </summary>
    public static IEnumerable<ImmutableArray<CellInLease>> Groups(ImmutableArray<CellInLease> cells, SweepPlan plan)
    {
        double work = 0;
        int first = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            CellSpec spec = plan.Cell(cells[i].Index);
            double next = WorkEstimate.Operations(spec);
            bool isReadAhead = i > first && cells[i - 1].GoesOn && Experiment.IsReadAhead(spec);
            if (i > first && work + next > MostWork && !isReadAhead)
            {
                yield return cells[first..i];
                (first, work) = (i, 0);
            }

            work += next;
        }

        if (first < cells.Length)
        {
            yield return cells[first..];
        }
    }
}
