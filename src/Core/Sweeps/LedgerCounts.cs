namespace RnnSweep.Core.Sweeps;

/// <summary>Number of cells of a plan by state. Every cell is counted exactly once.</summary>
/// <param name="Done">Cells with every reading.</param>
/// <param name="Failed">Cells with a failed reading and none still to be computed.</param>
/// <param name="Leased">Cells being computed.</param>
/// <param name="Open">Cells that wait.</param>
public readonly record struct LedgerCounts(long Done, long Failed, long Leased, long Open)
{
    /// <summary>Number of all cells of the plan.</summary>
    public long Cells => Done + Failed + Leased + Open;

    /// <summary>Whether nothing is left to compute.</summary>
    public bool IsFinished => Leased + Open == 0;
}
