using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobians of a network as linear operators, applied step by step to a block of columns without being formed. Stateless.</summary>
/// <param name="size">N.</param>
/// <param name="kernel">The kernel that defines the layout of the columns.</param>
internal abstract class BlockJacobian(int size, ProductKernel kernel)
{
    /// <summary>N.</summary>
    public int Size => size;

    /// <summary>The kernel that defines the layout of the columns.</summary>
    public ProductKernel Kernel => kernel;

    /// <summary>
    /// columns ← 2^−e J_t · columns, e the slopes' exponent, with their maxima. A factor may stay pending until the next step. Allocates nothing.
    /// </summary>
    /// <param name="slopes">Slopes of the step, from <see cref="INetwork.Advance"/>.</param>
    /// <param name="columns">N × k.</param>
    public abstract void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns);

    /// <summary>columns ← J · columns for a matrix that is formed, N × N, with their maxima.</summary>
    private protected void Apply(Span<double> jacobian, ColumnPanels columns)
    {
        using PooledSpan packed = new(Kernel.PaddedRows(Size) * Size);
        Kernel.PackLeft(jacobian, Size, Size, packed.Values);
        columns.Factors.AsSpan(0, Size).Fill(1); // the kernel's factors of rows, which this product does not need
        Kernel.MultiplyScaled(packed.Values, columns.Values, columns.Spare, columns.Factors, columns.Maxima, Size, columns.Maxima.Length);
        columns.Swap();
    }

    /// <summary>Whether <see cref="Apply(ReadOnlySpan{double}, ColumnPanels)"/> leaves the columns before the step in their spare memory.</summary>
    /// <param name="hasPendingFactor">Whether a factor is pending before the step.</param>
    public virtual bool KeepsOperand(bool hasPendingFactor) => false;

    /// <summary>Whether a zero in a product with columns of magnitudes near 1 is exact.</summary>
    public virtual bool ZerosAreExact => true;

    /// <summary>Whether the slopes of a step hold a non-zero factor whose product with another such factor may be below the range of a double.</summary>
    public virtual bool HoldSmallNumbers(ReadOnlySpan<double> slopes) => SmallNumbers.Exist(slopes);

    /// <summary>Upper bound of the rank of J_t from the slopes of a step.</summary>
    public virtual int RankBound(ReadOnlySpan<double> slopes) => Size;

    /// <summary>The panels of the columns with a pending factor applied. The columns do not change; their spare memory is overwritten.</summary>
    public virtual double[] Complete(ColumnPanels columns) => columns.Values;
}
