namespace RnnSweep.Core.Sweeps;

/// <summary>Where the cells of a plan stand: every cell is counted in exactly one of the four.</summary>
/// <param name="Done">With every reading.</param>
/// <param name="Failed">With a reading that could not be computed, and none that is still to be computed.</param>
/// <param name="Leased">Being computed.</param>
/// <param name="Open">Waiting.</param>
public readonly record struct LedgerCounts(long Done, long Failed, long Leased, long Open)
{
    /// <summary>All cells of the plan.</summary>
    public long Cells => Done + Failed + Leased + Open;

    /// <summary>Whether nothing is left to compute.</summary>
    public bool IsFinished => Leased + Open == 0;
}
