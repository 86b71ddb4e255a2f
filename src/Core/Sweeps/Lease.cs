using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>Cells handed to one holder: open cells of one trajectory, in ascending sequence length.</summary>
/// <param name="Id">Names the lease; never used twice by one ledger.</param>
/// <param name="Cells">The cells, to be computed in this order.</param>
public sealed record Lease(long Id, ImmutableArray<LeasedCell> Cells)
{
    /// <summary>The cells in order, each with what of its trajectory comes after it.</summary>
    public IEnumerable<(LeasedCell Cell, Onward Onward)> InOrder() =>
        Cells.Zip(Onward.Along([.. Cells.Select(cell => cell.Spec.SequenceLength)], i => Cells[i].GoesOn));
}

/// <summary>One cell of a lease.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Key">Its key.</param>
/// <param name="Spec">What to compute.</param>
/// <param name="Work">Operations that it adds to those of the cell before it (<see cref="WorkEstimate"/>).</param>
/// <param name="GoesOn">Whether a later cell of the lease goes on along the same trajectory.</param>
public sealed record LeasedCell(long Index, CellKey Key, CellSpec Spec, double Work, bool GoesOn);
