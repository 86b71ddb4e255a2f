using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// What a Lanczos iteration does with the rows of a matrix, four rows at a time: each is read from memory once, and the vector a quarter as
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
            Dots(block, x, t[..count]);
            Add(block, t[..count], y);
            squares += TensorPrimitives.SumOfSquares<double>(t[..count]);
        }

        return squares;
    }

    /// <summary>t = A·x; as many rows as t has components.</summary>
    public static void Dots(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> t)
    {
        int columns = x.Length, row = 0;
        for (; row + Block <= t.Length; row += Block)
        {
            FourDots(ref MemoryMarshal.GetReference(a.Slice(row * columns, Block * columns)), x, t[row..]);
        }

        for (; row < t.Length; row++)
        {
            t[row] = TensorPrimitives.Dot(a.Slice(row * columns, columns), x);
        }
    }

    /// <summary>y := y + Aᵀ·t; as many rows as t has components.</summary>
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

    private static void FourDots(ref double a0, ReadOnlySpan<double> x, Span<double> t)
    {
        ref double x0 = ref MemoryMarshal.GetReference(x);
        ref double a1 = ref Unsafe.Add(ref a0, x.Length);
        ref double a2 = ref Unsafe.Add(ref a1, x.Length);
        ref double a3 = ref Unsafe.Add(ref a2, x.Length);
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + Vector256<double>.Count <= x.Length; i += Vector256<double>.Count)
        {
            Vector256<double> value = Vector256.LoadUnsafe(ref x0, (nuint)i);
            s0 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref a0, (nuint)i), s0);
            s1 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref a1, (nuint)i), s1);
            s2 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref a2, (nuint)i), s2);
            s3 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref a3, (nuint)i), s3);
        }

        double t0 = Vector256.Sum(s0), t1 = Vector256.Sum(s1), t2 = Vector256.Sum(s2), t3 = Vector256.Sum(s3);
        for (; i < x.Length; i++)
        {
            t0 = Math.FusedMultiplyAdd(x[i], Unsafe.Add(ref a0, i), t0);
            t1 = Math.FusedMultiplyAdd(x[i], Unsafe.Add(ref a1, i), t1);
            t2 = Math.FusedMultiplyAdd(x[i], Unsafe.Add(ref a2, i), t2);
            t3 = Math.FusedMultiplyAdd(x[i], Unsafe.Add(ref a3, i), t3);
        }

        (t[0], t[1], t[2], t[3]) = (t0, t1, t2, t3);
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
