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
    public static bool Factor(Span<double> block, int width, ReadOnlySpan<double> leastSquares, Span<double> r)
    {
        Span<double> factors = stackalloc double[Columns], sums = stackalloc double[Columns], inverses = stackalloc double[Columns];
        factors.Clear();
        inverses.Clear();
        Subtract(block, 0, 0, factors, sums); // the factors are 0: only the sums are taken
        for (int i = 0; i < width; i++)
        {
            double square = sums[i];
            if (!(square > leastSquares[i]))
            {
                return false;
            }

            double norm = Math.Sqrt(square), inverse = 1 / norm;
            Span<double> row = r.Slice(i * Columns, Columns);
            (row[i], inverses[i], factors[i]) = (norm, inverse, 0);
            for (int j = i + 1; j < Columns; j++)
            {
                double part = sums[j] * inverse;
                row[j] = part;
                factors[j] = -part * inverse;
            }

            if (i + 1 < width)
            {
                Subtract(block, i, i + 1, factors, sums);
            }
        }

        Scale(block, inverses);
        return true;
    }

    // Adds column i times the factors to the columns from j on, and sums the products of the new column j and each of them.
    private static void Subtract(Span<double> block, int i, int j, Span<double> factors, Span<double> sums)
    {
        ref double first = ref MemoryMarshal.GetReference(block), factor = ref MemoryMarshal.GetReference(factors), sum = ref MemoryMarshal.GetReference(sums);
        int rows = block.Length / Columns / 2 * 2; // padded to an even number
        for (int column = j / TLanes.Count * TLanes.Count, vectors; column < Columns; column += vectors * TLanes.Count)
        {
            vectors = Math.Min(3, (Columns - column) / TLanes.Count);
            switch (vectors)
            {
                case 3: Three(ref first, rows, i, j, column, ref factor, ref sum); break;
                case 2: Two(ref first, rows, i, j, column, ref factor, ref sum); break;
                default: One(ref first, rows, i, j, column, ref factor, ref sum); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(ref double a, int rows, nint i, nint j, nint column, ref double factors, ref double sums)
    {
        TVector f0 = TLanes.Load(ref factors, column), f1 = TLanes.Load(ref factors, column + TLanes.Count), f2 = TLanes.Load(ref factors, column + (2 * TLanes.Count));
        TVector even0 = default, even1 = default, even2 = default, odd0 = default, odd1 = default, odd2 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            TVector v0 = Add(x, f0, ref a, column), v1 = Add(x, f1, ref a, column + TLanes.Count), v2 = Add(x, f2, ref a, column + (2 * TLanes.Count));
            TVector y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            even0 = TLanes.MultiplyAdd(y, v0, even0);
            even1 = TLanes.MultiplyAdd(y, v1, even1);
            even2 = TLanes.MultiplyAdd(y, v2, even2);
            a = ref Unsafe.Add(ref a, Columns);
            x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            v0 = Add(x, f0, ref a, column);
            v1 = Add(x, f1, ref a, column + TLanes.Count);
            v2 = Add(x, f2, ref a, column + (2 * TLanes.Count));
            y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            odd0 = TLanes.MultiplyAdd(y, v0, odd0);
            odd1 = TLanes.MultiplyAdd(y, v1, odd1);
            odd2 = TLanes.MultiplyAdd(y, v2, odd2);
            a = ref Unsafe.Add(ref a, Columns);
        }

        Sum(even0, odd0, ref sums, column);
        Sum(even1, odd1, ref sums, column + TLanes.Count);
        Sum(even2, odd2, ref sums, column + (2 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(ref double a, int rows, nint i, nint j, nint column, ref double factors, ref double sums)
    {
        TVector f0 = TLanes.Load(ref factors, column), f1 = TLanes.Load(ref factors, column + TLanes.Count);
        TVector even0 = default, even1 = default, odd0 = default, odd1 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            TVector v0 = Add(x, f0, ref a, column), v1 = Add(x, f1, ref a, column + TLanes.Count);
            TVector y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            even0 = TLanes.MultiplyAdd(y, v0, even0);
            even1 = TLanes.MultiplyAdd(y, v1, even1);
            a = ref Unsafe.Add(ref a, Columns);
            x = TLanes.Broadcast(Unsafe.Add(ref a, i));
            v0 = Add(x, f0, ref a, column);
            v1 = Add(x, f1, ref a, column + TLanes.Count);
            y = TLanes.Broadcast(Unsafe.Add(ref a, j));
            odd0 = TLanes.MultiplyAdd(y, v0, odd0);
            odd1 = TLanes.MultiplyAdd(y, v1, odd1);
            a = ref Unsafe.Add(ref a, Columns);
        }

        Sum(even0, odd0, ref sums, column);
        Sum(even1, odd1, ref sums, column + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(ref double a, int rows, nint i, nint j, nint column, ref double factors, ref double sums)
    {
        TVector f0 = TLanes.Load(ref factors, column), even0 = default, odd0 = default;
        for (int row = 0; row < rows; row += 2)
        {
            TVector v0 = Add(TLanes.Broadcast(Unsafe.Add(ref a, i)), f0, ref a, column);
            even0 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref a, j)), v0, even0);
            a = ref Unsafe.Add(ref a, Columns);
            v0 = Add(TLanes.Broadcast(Unsafe.Add(ref a, i)), f0, ref a, column);
            odd0 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref a, j)), v0, odd0);
            a = ref Unsafe.Add(ref a, Columns);
        }

        Sum(even0, odd0, ref sums, column);
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

    private static void Scale(Span<double> block, Span<double> factors)
    {
        ref double a = ref MemoryMarshal.GetReference(block), factor = ref MemoryMarshal.GetReference(factors);
        for (int column = 0; column < Columns; column += TLanes.Count)
        {
            TVector f = TLanes.Load(ref factor, column);
            for (nint at = column; at < block.Length; at += Columns)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(ref a, at), f), ref a, at);
            }
        }
    }
}
