using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Operations on a vector x and four rows of a matrix whose starts are a stride apart. x is read once for all four.</summary>
/// <remarks>Inlined, so that the four numbers stay in registers.</remarks>
internal static class FourRows
{
    /// <summary>The dot products of the rows and x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (double, double, double, double) Dots(ReadOnlySpan<double> rows, int stride, ReadOnlySpan<double> x)
    {
        _ = rows.Slice(3 * stride, x.Length); // checks the bounds of the last row
        ref double x0 = ref MemoryMarshal.GetReference(x);
        ref double r0 = ref MemoryMarshal.GetReference(rows);
        ref double r1 = ref Unsafe.Add(ref r0, stride);
        ref double r2 = ref Unsafe.Add(ref r1, stride);
        ref double r3 = ref Unsafe.Add(ref r2, stride);
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + Vector256<double>.Count <= x.Length; i += Vector256<double>.Count)
        {
            Vector256<double> value = Vector256.LoadUnsafe(ref x0, (nuint)i);
            s0 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref r0, (nuint)i), s0);
            s1 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref r1, (nuint)i), s1);
            s2 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref r2, (nuint)i), s2);
            s3 = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref r3, (nuint)i), s3);
        }

        double t0 = Vector256.Sum(s0), t1 = Vector256.Sum(s1), t2 = Vector256.Sum(s2), t3 = Vector256.Sum(s3);
        for (; i < x.Length; i++)
        {
            double value = Unsafe.Add(ref x0, i);
            t0 = Math.FusedMultiplyAdd(value, Unsafe.Add(ref r0, i), t0);
            t1 = Math.FusedMultiplyAdd(value, Unsafe.Add(ref r1, i), t1);
            t2 = Math.FusedMultiplyAdd(value, Unsafe.Add(ref r2, i), t2);
            t3 = Math.FusedMultiplyAdd(value, Unsafe.Add(ref r3, i), t3);
        }

        return (t0, t1, t2, t3);
    }

    /// <summary>Adds x times a factor per row to each of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Span<double> rows, int stride, ReadOnlySpan<double> x, (double, double, double, double) factors)
    {
        _ = rows.Slice(3 * stride, x.Length); // checks the bounds of the last row
        ref double x0 = ref MemoryMarshal.GetReference(x);
        ref double r0 = ref MemoryMarshal.GetReference(rows);
        ref double r1 = ref Unsafe.Add(ref r0, stride);
        ref double r2 = ref Unsafe.Add(ref r1, stride);
        ref double r3 = ref Unsafe.Add(ref r2, stride);
        (double f0, double f1, double f2, double f3) = factors;
        Vector256<double> v0 = Vector256.Create(f0), v1 = Vector256.Create(f1), v2 = Vector256.Create(f2), v3 = Vector256.Create(f3);
        int i = 0;
        for (; i + Vector256<double>.Count <= x.Length; i += Vector256<double>.Count)
        {
            Vector256<double> value = Vector256.LoadUnsafe(ref x0, (nuint)i);
            Vector256.FusedMultiplyAdd(value, v0, Vector256.LoadUnsafe(ref r0, (nuint)i)).StoreUnsafe(ref r0, (nuint)i);
            Vector256.FusedMultiplyAdd(value, v1, Vector256.LoadUnsafe(ref r1, (nuint)i)).StoreUnsafe(ref r1, (nuint)i);
            Vector256.FusedMultiplyAdd(value, v2, Vector256.LoadUnsafe(ref r2, (nuint)i)).StoreUnsafe(ref r2, (nuint)i);
            Vector256.FusedMultiplyAdd(value, v3, Vector256.LoadUnsafe(ref r3, (nuint)i)).StoreUnsafe(ref r3, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            double value = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref r0, i) = Math.FusedMultiplyAdd(value, f0, Unsafe.Add(ref r0, i));
            Unsafe.Add(ref r1, i) = Math.FusedMultiplyAdd(value, f1, Unsafe.Add(ref r1, i));
            Unsafe.Add(ref r2, i) = Math.FusedMultiplyAdd(value, f2, Unsafe.Add(ref r2, i));
            Unsafe.Add(ref r3, i) = Math.FusedMultiplyAdd(value, f3, Unsafe.Add(ref r3, i));
        }
    }
}
