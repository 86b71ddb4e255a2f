using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Columns that matrices are applied to repeatedly: N × k values in the layout of the kernel's right operand, panels of some columns, row after row.
/// Includes memory for the next product and the largest magnitude of each column.
/// </summary>
internal sealed class ColumnPanels
{
    /// <summary>Creates columns of zeros.</summary>
    /// <param name="kernel">The kernel that defines the layout.</param>
    /// <param name="size">N.</param>
    /// <param name="count">k.</param>
    public ColumnPanels(ProductKernel kernel, int size, int count)
    {
        (Kernel, Size, Count, Height) = (kernel, size, count, kernel.PaddedRows(size));
        int padded = kernel.PaddedColumns(count);
        Factors = new double[Height];
        Maxima = new double[padded];
        Values = new double[checked(Height * padded)];
        Spare = new double[Height * padded];
    }

    /// <summary>The kernel that defines the layout.</summary>
    public ProductKernel Kernel { get; }

    /// <summary>N.</summary>
    public int Size { get; }

    /// <summary>k.</summary>
    public int Count { get; }

    /// <summary>N, padded.</summary>
    public int Height { get; }

    /// <summary>The columns, in panels.</summary>
    public double[] Values { get; private set; }

    /// <summary>Memory of the same size with undefined content; empty after <see cref="FreeSpare"/>.</summary>
    public double[] Spare { get; private set; }

    /// <summary>A factor per row, padded with 0.</summary>
    public double[] Factors { get; }

    /// <summary>The largest magnitude of each column, padded with 0.</summary>
    public double[] Maxima { get; }

    /// <summary>Whether a factor of the last Jacobian is still to be applied from the left (<see cref="Networks.BlockJacobian.Complete"/>).</summary>
    public bool HasPendingFactor { get; set; }

    /// <summary>Exchanges the spare memory and the values.</summary>
    public void Swap() => (Values, Spare) = (Spare, Values);

    /// <summary>Frees the spare memory.</summary>
    public void FreeSpare() => Spare = [];

    /// <summary>A copy in separate memory.</summary>
    public ColumnPanels Copy()
    {
        var copy = new ColumnPanels(Kernel, Size, Count) { HasPendingFactor = HasPendingFactor };
        Maxima.CopyTo(copy.Maxima, 0);
        Values.CopyTo(copy.Values, 0);
        return copy;
    }

    /// <summary>Sets the columns from N × k values, row by row, and their maxima.</summary>
    public void Pack(ReadOnlySpan<double> columns)
    {
        Kernel.PackRight(columns, Size, Count, Height, Values);
        NoteMaxima();
    }

    /// <summary>Copies panels of this shape to N × k values, row by row.</summary>
    public void Unpack(ReadOnlySpan<double> panels, Span<double> columns) => Kernel.UnpackRight(panels, Size, Count, Height, columns);

    /// <summary>target = diag(factors) · values, in panels; target may be the values.</summary>
    public void ScaleRows(ReadOnlySpan<double> factors, Span<double> target)
    {
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            for (int i = 0; i < Size; i++)
            {
                int start = (column * Height) + (i * width);
                TensorPrimitives.Multiply(Values.AsSpan(start, width), factors[i], target[start..]);
            }
        }
    }

    /// <summary>values = values · diag(factors), with a factor per column, padded.</summary>
    public void ScaleColumns(ReadOnlySpan<double> factors)
    {
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            ReadOnlySpan<double> scales = factors.Slice(column, width);
            for (int i = 0; i < Size; i++)
            {
                Span<double> row = Values.AsSpan((column * Height) + (i * width), width);
                TensorPrimitives.Multiply(row, scales, row);
            }
        }
    }

    /// <summary>Sums the squares of each column, padded. No square may leave the range of a double.</summary>
    public void SumSquares(Span<double> sums)
    {
        sums[..Maxima.Length].Clear();
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            ref double panel = ref Values[column * Height];
            ref double target = ref sums[column];
            if (Vector512.IsHardwareAccelerated && width % Vector512<double>.Count == 0)
            {
                for (nuint i = 0; i < (nuint)(Size * width); i += (nuint)width)
                {
                    for (nuint j = 0; j < (nuint)width; j += (nuint)Vector512<double>.Count)
                    {
                        Vector512<double> values = Vector512.LoadUnsafe(ref panel, i + j);
                        (Vector512.LoadUnsafe(ref target, j) + (values * values)).StoreUnsafe(ref target, j);
                    }
                }

                continue;
            }

            for (nuint i = 0; i < (nuint)(Size * width); i += (nuint)width)
            {
                for (nuint j = 0; j < (nuint)width; j += 2)
                {
                    Vector128<double> values = Vector128.LoadUnsafe(ref panel, i + j);
                    (Vector128.LoadUnsafe(ref target, j) + (values * values)).StoreUnsafe(ref target, j);
                }
            }
        }
    }

    /// <summary>Computes the maxima of the values.</summary>
    public void NoteMaxima()
    {
        Maxima.AsSpan().Clear();
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            Span<double> maxima = Maxima.AsSpan(column, width);
            for (int i = 0; i < Size; i++)
            {
                TensorPrimitives.MaxMagnitude(Values.AsSpan((column * Height) + (i * width), width), maxima, maxima);
            }
        }

        TensorPrimitives.Abs(Maxima, Maxima); // MaxMagnitude returns signed values
    }
}
