using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobians of a network as they are applied, step by step, to a block of columns, without ever being formed. Holds no state.</summary>
/// <param name="size">N.</param>
/// <param name="kernel">In whose layout columns lie.</param>
internal abstract class BlockJacobian(int size, ProductKernel kernel)
{
    /// <summary>N.</summary>
    public int Size => size;

    /// <summary>In whose layout columns lie.</summary>
    public ProductKernel Kernel => kernel;

    /// <summary>
    /// columns ← J_t · columns, without the power of two that J_t lacks, and their maxima; a factor may be left owed until the next step. Allocates
    /// nothing.
    /// </summary>
    /// <param name="slopes">Of the step, as <see cref="INetwork.Advance"/> left them.</param>
    /// <param name="columns">N × k.</param>
    public abstract void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns);

    /// <summary>Whether a zero in a product of columns that lie in the middle of a double's range is exact.</summary>
    public virtual bool ZerosAreExact => true;

    /// <summary>The rank that the slopes of a step leave J_t at most, whatever else it is made of.</summary>
    public virtual int RankBound(ReadOnlySpan<double> slopes) => Size;

    /// <summary>The panels of the columns with what is owed applied; the columns stay as they are, their spare memory does not.</summary>
    public virtual double[] Complete(ColumnPanels columns) => columns.Values;
}
