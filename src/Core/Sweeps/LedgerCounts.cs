namespace RnnSweep.Core.Sweeps;

/// <summary>Where the cells of a plan stand: every cell is counted in exactly one of the four.</summary>
/// <param name="Done">With a result.</param>
/// <param name="Failed">Given up.</param>
/// <param name="Leased">Being computed.</param>
/// <param name="Open">Waiting.</param>
public readonly record struct LedgerCounts(long Done, long Failed, long Leased, long Open)
{
    /// <summary>All cells of the plan.</summary>
    public long Cells => Done + Failed + Leased + Open;

    /// <summary>Whether nothing is left to compute.</summary>
    public bool IsFinished => Leased + Open == 0;
}
