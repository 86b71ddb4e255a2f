using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Products of a row-by-row matrix with a vector, in caller-owned memory.</summary>
public static class MatrixVector
{
    // Rows at a time: each is read once, and x a quarter as often.
    private const int Block = 4;

    /// <summary>
    /// y = A·x; A rows × columns, x of length columns, y of length rows, overwritten. For many products with one A, its transpose and
    /// <see cref="MultiplyTransposed"/> are faster.
    /// </summary>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        int columns = x.Length, row = 0;
        for (; row + Block <= y.Length; row += Block)
        {
            FourDots(ref MemoryMarshal.GetReference(a.Slice(row * columns, Block * columns)), x, y[row..]);
        }

        for (; row < y.Length; row++)
        {
            y[row] = TensorPrimitives.Dot(a.Slice(row * columns, columns), x);
        }
    }

    /// <summary>y = Aᵀ·x; A rows × columns, x of length rows, y of length columns, overwritten.</summary>
    public static void MultiplyTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        ProductKernel.Best.MultiplyTransposed(a, x, y);
    }

    private static void FourDots(ref double a0, ReadOnlySpan<double> x, Span<double> y)
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

        (y[0], y[1], y[2], y[3]) = (t0, t1, t2, t3);
    }
}
