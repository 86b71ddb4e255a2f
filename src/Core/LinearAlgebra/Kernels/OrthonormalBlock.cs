using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>The shape of an <see cref="OrthonormalBlock{TLanes,TVector}"/>.</summary>
internal static class OrthonormalBlock
{
    /// <summary>Columns of a block on every machine: a multiple of the lanes of each.</summary>
    public const int Columns = 24;
}

/// <summary>
/// The modified Gram–Schmidt process on a block of a few columns that is stored row by row. One pass over a part of eight columns subtracts a column from
/// the later ones and takes the dot products of the next column with those after it.
/// </summary>
/// <remarks>
/// The columns of a part are normalised at its end: until then a_j ← a_j − a_i (a_i·a_j) / (a_i·a_i). Each column is summed over the even rows, and the odd ones, in
/// ascending order, so the bits do not depend on the number of lanes.
/// </remarks>
internal static class OrthonormalBlock<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Columns = OrthonormalBlock.Columns;

    // Columns that are orthonormalised one by one before they are subtracted from the later ones: as many of a few hundred rows fit the first-level cache.
    private const int Part = 8;

    /// <inheritdoc cref="ProductKernel.Orthonormalise"/>
    public static bool Factor(Span<double> block, int stride, int width, ReadOnlySpan<double> leastSquares, Span<double> r)
    {
        Span<double> sums = stackalloc double[Columns], inverses = stackalloc double[Columns], isLater = stackalloc double[2 * Columns];
        isLater[..Columns].Clear();
        isLater[Columns..].Fill(1);
        inverses.Clear();
        for (int first = 0, end; first < width; first = end)
        {
            end = Math.Min(first + Part, width);
            sums.Clear();
            Subtract(block, stride, end, first, first, 0, isLater, r[(first * Columns)..], sums); // the factors are 0: only the sums are taken
            for (int i = first; i < end; i++)
            {
                double square = sums[i];
                if (!(square > leastSquares[i]))
                {
                    return false;
                }

                double norm = Math.Sqrt(square);
                inverses[i] = 1 / norm;
                if (i + 1 < end)
                {
                    Subtract(block, stride, end, i, i + 1, inverses[i], isLater[(Columns - i - 1)..], r.Slice(i * Columns, Columns), sums);
                }

                r[(i * Columns) + i] = norm;
            }

            Scale(block, stride, first, inverses);
            for (int column = end; column < width; column += TLanes.Count)
            {
                Project(block, stride, first, column, r[(first * Columns)..]);
            }
        }

        return true;
    }

    // Completes row i of R from the sums, subtracts column i from the columns from j to the end, and sums the products of the new column j and each of them.
    private static void Subtract(
        Span<double> block, int stride, int end, int i, int j, double inverse, Span<double> isLater, Span<double> r, Span<double> sums)
    {
        ref double first = ref MemoryMarshal.GetReference(block), later = ref MemoryMarshal.GetReference(isLater);
        ref double row = ref MemoryMarshal.GetReference(r), sum = ref MemoryMarshal.GetReference(sums);
        int rows = block.Length / stride; // padded to an even number
        for (int column = j / TLanes.Count * TLanes.Count, vectors; column < end; column += vectors * TLanes.Count)
        {
            vectors = Math.Min(3, (end - column + TLanes.Count - 1) / TLanes.Count);
            ref double isLaterHere = ref Unsafe.Add(ref later, column), rowHere = ref Unsafe.Add(ref row, column), sumsHere = ref Unsafe.Add(ref sum, column);
            switch (vectors)
            {
                case 3: Three(ref first, rows, stride, i, j, column, inverse, ref isLaterHere, ref rowHere, ref sumsHere); break;
                case 2: Two(ref first, rows, stride, i, j, column, inverse, ref isLaterHere, ref rowHere, ref sumsHere); break;
                default: One(ref first, rows, stride, i, j, column, inverse, ref isLaterHere, ref rowHere, ref sumsHere); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(ref double a, int rows, nint stride, nint i, nint j, nint column, double inverse, ref double isLater, ref double r, ref double sums)
    {
        TVector f0 = Factor(inverse, ref isLater, ref r, ref sums, 0);
        TVector f1 = Factor(inverse, ref isLater, ref r, ref sums, TLanes.Count);
        TVector f2 = Factor(inverse, ref isLater, ref r, ref sums, 2 * TLanes.Count);
        TVector even0 = default, odd0 = default, even1 = default, odd1 = default, even2 = default, odd2 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            TVector v0 = Add(x, f0, ref a, column), v1 = Add(x, f1, ref a, column + TLanes.Count), v2 = Add(x, f2, ref a, column + (2 * TLanes.Count));
            TVector y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            even0 = TLanes.MultiplyAdd(y, v0, even0);
            even1 = TLanes.MultiplyAdd(y, v1, even1);
            even2 = TLanes.MultiplyAdd(y, v2, even2);
            a = ref Unsafe.Add(ref a, stride);
            x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            v0 = Add(x, f0, ref a, column);
            v1 = Add(x, f1, ref a, column + TLanes.Count);
            v2 = Add(x, f2, ref a, column + (2 * TLanes.Count));
            y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            odd0 = TLanes.MultiplyAdd(y, v0, odd0);
            odd1 = TLanes.MultiplyAdd(y, v1, odd1);
            odd2 = TLanes.MultiplyAdd(y, v2, odd2);
            a = ref Unsafe.Add(ref a, stride);
        }

        Sum(even0, odd0, ref sums, 0);
        Sum(even1, odd1, ref sums, TLanes.Count);
        Sum(even2, odd2, ref sums, 2 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(ref double a, int rows, nint stride, nint i, nint j, nint column, double inverse, ref double isLater, ref double r, ref double sums)
    {
        TVector f0 = Factor(inverse, ref isLater, ref r, ref sums, 0);
        TVector f1 = Factor(inverse, ref isLater, ref r, ref sums, TLanes.Count);
        TVector even0 = default, odd0 = default, even1 = default, odd1 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            TVector v0 = Add(x, f0, ref a, column), v1 = Add(x, f1, ref a, column + TLanes.Count);
            TVector y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            even0 = TLanes.MultiplyAdd(y, v0, even0);
            even1 = TLanes.MultiplyAdd(y, v1, even1);
            a = ref Unsafe.Add(ref a, stride);
            x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            v0 = Add(x, f0, ref a, column);
            v1 = Add(x, f1, ref a, column + TLanes.Count);
            y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            odd0 = TLanes.MultiplyAdd(y, v0, odd0);
            odd1 = TLanes.MultiplyAdd(y, v1, odd1);
            a = ref Unsafe.Add(ref a, stride);
        }

        Sum(even0, odd0, ref sums, 0);
        Sum(even1, odd1, ref sums, TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(ref double a, int rows, nint stride, nint i, nint j, nint column, double inverse, ref double isLater, ref double r, ref double sums)
    {
        TVector f0 = Factor(inverse, ref isLater, ref r, ref sums, 0);
        TVector even0 = default, odd0 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            TVector v0 = Add(x, f0, ref a, column);
            TVector y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            even0 = TLanes.MultiplyAdd(y, v0, even0);
            a = ref Unsafe.Add(ref a, stride);
            x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            v0 = Add(x, f0, ref a, column);
            y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            odd0 = TLanes.MultiplyAdd(y, v0, odd0);
            a = ref Unsafe.Add(ref a, stride);
        }

        Sum(even0, odd0, ref sums, 0);
    }

    // The entries of a row of R, and the factors of the later columns: −(a_i·a_j) / (a_i·a_i), and 0 for those that are not later.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Factor(double inverse, ref double isLater, ref double r, ref double sums, nint offset)
    {
        TVector part = TLanes.Multiply(TLanes.Load(ref sums, offset), TLanes.Broadcast(inverse));
        TLanes.Store(part, ref r, offset);
        return TLanes.Multiply(TLanes.Multiply(part, TLanes.Broadcast(-inverse)), TLanes.Load(ref isLater, offset));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add(TVector x, TVector factor, ref double row, nint column)
    {
        TVector value = TLanes.MultiplyAdd(x, factor, TLanes.Load(ref row, column));
        TLanes.Store(value, ref row, column);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(TVector even, TVector odd, ref double sums, nint column) =>
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(1), even, odd), ref sums, column);

    // Normalises a part's columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(Span<double> block, int stride, int first, Span<double> factors)
    {
        ref double a = ref MemoryMarshal.GetReference(block), factor = ref MemoryMarshal.GetReference(factors);
        for (int column = first; column < Math.Min(first + Part, stride); column += TLanes.Count)
        {
            TVector f = TLanes.Load(ref factor, column);
            for (nint at = column; at < block.Length; at += stride)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(ref a, at), f), ref a, at);
            }
        }
    }

    // Subtracts from a vector of later columns their projections on the columns of a part, and writes the coefficients to R.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Project(Span<double> block, int stride, int first, int column, Span<double> r)
    {
        ref double a = ref MemoryMarshal.GetReference(block), row = ref MemoryMarshal.GetReference(r);
        TVector p0 = default, p1 = default, p2 = default, p3 = default, p4 = default, p5 = default, p6 = default, p7 = default;
        for (nint at = 0; at < block.Length; at += stride)
        {
            ref double q = ref Unsafe.Add(ref a, at + first);
            TVector value = TLanes.Load(ref a, at + column);
            p0 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 0)), value, p0);
            p1 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 1)), value, p1);
            p2 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 2)), value, p2);
            p3 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 3)), value, p3);
            p4 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 4)), value, p4);
            p5 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 5)), value, p5);
            p6 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 6)), value, p6);
            p7 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 7)), value, p7);
        }

        TVector minus = TLanes.Broadcast(-1);
        p0 = Take(p0, minus, ref row, column);
        p1 = Take(p1, minus, ref row, Columns + column);
        p2 = Take(p2, minus, ref row, (2 * Columns) + column);
        p3 = Take(p3, minus, ref row, (3 * Columns) + column);
        p4 = Take(p4, minus, ref row, (4 * Columns) + column);
        p5 = Take(p5, minus, ref row, (5 * Columns) + column);
        p6 = Take(p6, minus, ref row, (6 * Columns) + column);
        p7 = Take(p7, minus, ref row, (7 * Columns) + column);
        for (nint at = 0; at < block.Length; at += stride)
        {
            ref double q = ref Unsafe.Add(ref a, at + first);
            TVector value = TLanes.Load(ref a, at + column);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 0)), p0, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 1)), p1, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 2)), p2, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 3)), p3, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 4)), p4, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 5)), p5, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 6)), p6, value);
            value = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref q, 7)), p7, value);
            TLanes.Store(value, ref a, at + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Take(TVector part, TVector minus, ref double r, nint offset)
    {
        TLanes.Store(part, ref r, offset);
        return TLanes.Multiply(part, minus);
    }

    /// <inheritdoc cref="ProductKernel.PackTransposed"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackTransposed(ReadOnlySpan<double> block, int rows, Span<double> packed)
    {
        ref double source = ref MemoryMarshal.GetReference(block[..(rows * Columns)]), target = ref MemoryMarshal.GetReference(packed[..(rows * Columns)]);
        for (nint column = 0; column < Columns; column += TLanes.Rows)
        {
            for (nint k = 0; k < rows; k++)
            {
                for (nint lane = 0; lane < TLanes.Rows; lane += TLanes.Count)
                {
                    TLanes.Store(TLanes.Load(ref source, (k * Columns) + column + lane), ref target, (column * rows) + (k * TLanes.Rows) + lane);
                }
            }
        }
    }
}
