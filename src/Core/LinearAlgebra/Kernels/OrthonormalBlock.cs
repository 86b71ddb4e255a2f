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
/// The modified Gram–Schmidt process on a block of a few columns that is stored row by row. One pass over the block subtracts a column from the later
/// ones and takes the dot products of the next column with those after it.
/// </summary>
/// <remarks>
/// The columns are normalised at the end: until then a_j ← a_j − a_i (a_i·a_j) / (a_i·a_i). Each column is summed over the even rows, and the odd ones, in
/// ascending order, so the bits do not depend on the number of lanes.
/// </remarks>
internal static class OrthonormalBlock<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Columns = OrthonormalBlock.Columns;

    /// <inheritdoc cref="ProductKernel.Orthonormalise"/>
    public static bool Factor(Span<double> block, int stride, int width, ReadOnlySpan<double> leastSquares, Span<double> r)
    {
        Span<double> sums = stackalloc double[Columns], inverses = stackalloc double[Columns], isLater = stackalloc double[2 * Columns];
        isLater[..Columns].Clear();
        isLater[Columns..].Fill(1);
        inverses.Clear();
        sums.Clear();
        Subtract(block, stride, width, 0, 0, 0, isLater, r, sums); // the factors are 0: only the sums are taken
        for (int i = 0; i < width; i++)
        {
            double square = sums[i];
            if (!(square > leastSquares[i]))
            {
                return false;
            }

            double norm = Math.Sqrt(square);
            inverses[i] = 1 / norm;
            if (i + 1 < width)
            {
                Subtract(block, stride, width, i, i + 1, inverses[i], isLater[(Columns - i - 1)..], r.Slice(i * Columns, Columns), sums);
            }

            r[(i * Columns) + i] = norm;
        }

        Scale(block, stride, inverses);
        return true;
    }

    // Completes row i of R from the sums, subtracts column i from the columns from j on, and sums the products of the new column j and each of them.
    private static void Subtract(
        Span<double> block, int stride, int width, int i, int j, double inverse, Span<double> isLater, Span<double> r, Span<double> sums)
    {
        ref double first = ref MemoryMarshal.GetReference(block), later = ref MemoryMarshal.GetReference(isLater);
        ref double row = ref MemoryMarshal.GetReference(r), sum = ref MemoryMarshal.GetReference(sums);
        int rows = block.Length / stride; // padded to an even number
        for (int column = j / TLanes.Count * TLanes.Count, vectors; column < width; column += vectors * TLanes.Count)
        {
            vectors = Math.Min(3, (width - column + TLanes.Count - 1) / TLanes.Count);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(Span<double> block, int stride, Span<double> factors)
    {
        ref double a = ref MemoryMarshal.GetReference(block), factor = ref MemoryMarshal.GetReference(factors);
        for (int column = 0; column < stride; column += TLanes.Count)
        {
            TVector f = TLanes.Load(ref factor, column);
            for (nint at = column; at < block.Length; at += stride)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(ref a, at), f), ref a, at);
            }
        }
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
