using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Operations of a Lanczos iteration on the rows of a matrix, four rows at a time: each row is read from memory once, and the vector a quarter as
/// often.
/// </summary>
internal static class RowCombination
{
    private const int Block = 4;

    /// <summary>y = AᵀA·x in one pass over A, rows × columns; returns ‖A·x‖². Nothing may overlap.</summary>
    public static double Gram(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        int columns = x.Length, rows = a.Length / columns;
        y.Clear();
        double squares = 0;
        Span<double> t = stackalloc double[Block];
        for (int row = 0; row < rows; row += Block)
        {
            int count = Math.Min(Block, rows - row);
            ReadOnlySpan<double> block = a.Slice(row * columns, count * columns);
            MatrixVector.Multiply(block, x, t[..count]);
            Add(block, t[..count], y);
            squares += TensorPrimitives.SumOfSquares<double>(t[..count]);
        }

        return squares;
    }

    /// <summary>y := y + Aᵀ·t, where A has as many rows as t has components.</summary>
    public static void Add(ReadOnlySpan<double> a, ReadOnlySpan<double> t, Span<double> y)
    {
        int columns = y.Length, row = 0;
        for (; row + Block <= t.Length; row += Block)
        {
            AddFour(ref MemoryMarshal.GetReference(a.Slice(row * columns, Block * columns)), t[row..], y);
        }

        for (; row < t.Length; row++)
        {
            TensorPrimitives.MultiplyAdd(a.Slice(row * columns, columns), t[row], y, y);
        }
    }

    private static void AddFour(ref double a0, ReadOnlySpan<double> t, Span<double> y)
    {
        ref double y0 = ref MemoryMarshal.GetReference(y);
        ref double a1 = ref Unsafe.Add(ref a0, y.Length);
        ref double a2 = ref Unsafe.Add(ref a1, y.Length);
        ref double a3 = ref Unsafe.Add(ref a2, y.Length);
        Vector256<double> t0 = Vector256.Create(t[0]), t1 = Vector256.Create(t[1]), t2 = Vector256.Create(t[2]), t3 = Vector256.Create(t[3]);
        int i = 0;
        for (; i + Vector256<double>.Count <= y.Length; i += Vector256<double>.Count)
        {
            Vector256<double> sum = Vector256.FusedMultiplyAdd(t0, Vector256.LoadUnsafe(ref a0, (nuint)i), Vector256.LoadUnsafe(ref y0, (nuint)i));
            Vector256<double> other = t1 * Vector256.LoadUnsafe(ref a1, (nuint)i);
            sum = Vector256.FusedMultiplyAdd(t2, Vector256.LoadUnsafe(ref a2, (nuint)i), sum);
            other = Vector256.FusedMultiplyAdd(t3, Vector256.LoadUnsafe(ref a3, (nuint)i), other);
            (sum + other).StoreUnsafe(ref y0, (nuint)i);
        }

        for (; i < y.Length; i++)
        {
            y[i] += (t[0] * Unsafe.Add(ref a0, i)) + (t[1] * Unsafe.Add(ref a1, i)) + (t[2] * Unsafe.Add(ref a2, i)) + (t[3] * Unsafe.Add(ref a3, i));
        }
    }
}
