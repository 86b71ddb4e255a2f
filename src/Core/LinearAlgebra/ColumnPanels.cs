using System.Numerics.Tensors;
using System.Runtime.InteropServices;
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

    /// <summary>Sets the columns from panels of this shape, and the maxima, padded.</summary>
    public void Load(ReadOnlySpan<double> panels, ReadOnlySpan<double> maxima)
    {
        panels.CopyTo(Values);
        maxima.CopyTo(Maxima);
    }

    /// <summary>Exchanges the values and other panels of this shape. The maxima do not change.</summary>
    public void ExchangeValues(ref double[] panels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(panels.Length, Values.Length, nameof(panels));
        (Values, panels) = (panels, Values);
    }

    /// <summary>Exchanges the spare memory and other panels of this shape.</summary>
    public void ExchangeSpare(ref double[] panels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(panels.Length, Spare.Length, nameof(panels));
        (Spare, panels) = (panels, Spare);
    }

    /// <summary>Copies panels of this shape to N × k values, row by row.</summary>
    public void Unpack(ReadOnlySpan<double> panels, Span<double> columns) => Kernel.UnpackRight(panels, Size, Count, Height, columns);

    /// <summary>target = diag(factors) · values, in panels; target may be the values.</summary>
    public void ScaleRows(ReadOnlySpan<double> factors, Span<double> target)
    {
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            ScaleRows(Values.AsSpan(column * Height, width * Size), factors[..Size], target.Slice(column * Height, width * Size));
        }
    }

    // A call for each row of a panel would take several times as long as the multiplications.
    private static void ScaleRows(ReadOnlySpan<double> panel, ReadOnlySpan<double> factors, Span<double> target)
    {
        ref double source = ref MemoryMarshal.GetReference(panel), result = ref MemoryMarshal.GetReference(target[..panel.Length]);
        nuint width = (nuint)(panel.Length / factors.Length), at = 0;
        foreach (double factor in factors)
        {
            nuint end = at + width;
            for (; at + 8 <= end; at += 8)
            {
                (Vector512.LoadUnsafe(ref source, at) * factor).StoreUnsafe(ref result, at);
            }

            for (; at < end; at += 2)
            {
                (Vector128.LoadUnsafe(ref source, at) * factor).StoreUnsafe(ref result, at);
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
    public void SumSquares(Span<double> sums) => SumSquares(Kernel, Values, Height, sums[..Maxima.Length]);

    /// <summary>Sums the squares of each column of panels of some height.</summary>
    /// <param name="kernel">The kernel that defines the layout.</param>
    /// <param name="panels">Height × columns in panels.</param>
    /// <param name="height">Rows, padded.</param>
    /// <param name="sums">One per column, padded; overwritten.</param>
    public static void SumSquares(ProductKernel kernel, ReadOnlySpan<double> panels, int height, Span<double> sums)
    {
        for (int column = 0, width; column < sums.Length; column += width)
        {
            width = kernel.PanelColumns(column, sums.Length);
            ref double panel = ref MemoryMarshal.GetReference(panels.Slice(column * height, width * height));
            ref double target = ref sums[column];
            nuint j = 0;
            for (; j + 24 <= (nuint)width; j += 24)
            {
                Vector512<double> sum0 = default, sum1 = default, sum2 = default;
                for (nuint at = j; at < (nuint)(width * height); at += (nuint)width)
                {
                    Vector512<double> values0 = Vector512.LoadUnsafe(ref panel, at), values1 = Vector512.LoadUnsafe(ref panel, at + 8);
                    Vector512<double> values2 = Vector512.LoadUnsafe(ref panel, at + 16);
                    sum0 += values0 * values0;
                    sum1 += values1 * values1;
                    sum2 += values2 * values2;
                }

                sum0.StoreUnsafe(ref target, j);
                sum1.StoreUnsafe(ref target, j + 8);
                sum2.StoreUnsafe(ref target, j + 16);
            }

            for (; j + 8 <= (nuint)width; j += 8)
            {
                Vector512<double> sum = default;
                for (nuint at = j; at < (nuint)(width * height); at += (nuint)width)
                {
                    Vector512<double> values = Vector512.LoadUnsafe(ref panel, at);
                    sum += values * values;
                }

                sum.StoreUnsafe(ref target, j);
            }

            for (; j < (nuint)width; j += 2)
            {
                Vector128<double> sum = default;
                for (nuint at = j; at < (nuint)(width * height); at += (nuint)width)
                {
                    Vector128<double> values = Vector128.LoadUnsafe(ref panel, at);
                    sum += values * values;
                }

                sum.StoreUnsafe(ref target, j);
            }
        }
    }

    /// <summary>The number of rows that are not exactly 0.</summary>
    public int CountNonZeroRows()
    {
        int first = Kernel.PanelColumns(0, Maxima.Length), count = 0;
        for (int i = 0; i < Size; i++)
        {
            bool isNonZero = Values[i * first] != 0; // so in nearly every row that is not 0
            for (int column = 0, width; !isNonZero && column < Maxima.Length; column += width)
            {
                width = Kernel.PanelColumns(column, Maxima.Length);
                isNonZero = Values.AsSpan((column * Height) + (i * width), width).ContainsAnyExcept(0);
            }

            count += isNonZero ? 1 : 0;
        }

        return count;
    }

    /// <summary>Computes the maxima of the values.</summary>
    public void NoteMaxima()
    {
        for (int column = 0, width; column < Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, Maxima.Length);
            NoteMaxima(Values.AsSpan(column * Height, width * Height), width, Maxima.AsSpan(column));
        }
    }

    /// <summary>Computes the largest magnitude of each column of a panel.</summary>
    /// <param name="panel">An even number of rows, row by row.</param>
    /// <param name="width">Columns, an even number.</param>
    /// <param name="maxima">One per column, overwritten.</param>
    public static void NoteMaxima(ReadOnlySpan<double> panel, int width, Span<double> maxima)
    {
        ref double values = ref MemoryMarshal.GetReference(panel), target = ref MemoryMarshal.GetReference(maxima[..width]);
        nuint j = 0, length = (nuint)panel.Length, stride = (nuint)width;
        for (; j + 8 <= stride; j += 8)
        {
            // Without their signs, the bits of doubles are in the order of the magnitudes, NaN above all. Two maxima wait less for each other.
            Vector512<long> even = default, odd = default, magnitude = Vector512.Create(long.MaxValue);
            for (nuint at = j; at < length; at += 2 * stride)
            {
                even = Vector512.Max(even, Vector512.LoadUnsafe(ref values, at).AsInt64() & magnitude);
                odd = Vector512.Max(odd, Vector512.LoadUnsafe(ref values, at + stride).AsInt64() & magnitude);
            }

            Vector512.Max(even, odd).AsDouble().StoreUnsafe(ref target, j);
        }

        for (; j < stride; j += 2)
        {
            Vector128<double> largest = default;
            for (nuint at = j; at < length; at += stride)
            {
                largest = Vector128.Max(largest, Vector128.Abs(Vector128.LoadUnsafe(ref values, at)));
            }

            largest.StoreUnsafe(ref target, j);
        }
    }
}
