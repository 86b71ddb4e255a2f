using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>One cell; its key is the cell's key. It computes the cell and hands the result on to be stored and reported.</summary>
[Alias("rnnsweep.cell")]
public interface ICellGrain : IGrainWithStringKey
{
    /// <summary>
    /// Computes the cell, on a thread that is none of Orleans'. May take hours, so only a pump in the same silo calls it, which also says when to stop. Cells that take less time than it
    /// takes to call a grain come with the one before them.
    /// </summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="lease">The lease that the cells belong to.</param>
    /// <param name="cells">The grain's own cell, and small ones that follow it in the lease, to be computed in this order.</param>
    [Alias("RunAll")]
    [ResponseTimeout("365.00:00:00")]
    Task Run(string sweep, long lease, ImmutableArray<CellInLease> cells);
}
