using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The kernel of the project: C = A·B for row-by-row matrices in caller-owned memory. Nothing is allocated, and the same input gives
/// the same bits on every call and every thread.
/// </summary>
public static class MatrixProduct
{
    private const int RowBlock = 4;

    /// <summary>
    /// C = A·B.
    /// </summary>
    /// <param name="a">rows × inner.</param>
    /// <param name="b">inner × columns.</param>
    /// <param name="c">rows × columns, overwritten; must not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="inner">Columns of A, rows of B.</param>
    /// <param name="columns">Columns of B and C.</param>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((long)a.Length, (long)rows * inner, nameof(a));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)b.Length, (long)inner * columns, nameof(b));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)c.Length, (long)rows * columns, nameof(c));

        ref double a0 = ref MemoryMarshal.GetReference(a);
        ref double b0 = ref MemoryMarshal.GetReference(b);
        ref double c0 = ref MemoryMarshal.GetReference(c);
        int row = 0;
        for (; row + RowBlock <= rows; row += RowBlock)
        {
            FourRows(ref Unsafe.Add(ref a0, (nint)row * inner), ref b0, ref Unsafe.Add(ref c0, (nint)row * columns), inner, columns);
        }

        for (; row < rows; row++)
        {
            OneRow(ref Unsafe.Add(ref a0, (nint)row * inner), ref b0, ref Unsafe.Add(ref c0, (nint)row * columns), inner, columns);
        }
    }

    /// <summary>Four rows of C in tiles of 4 × 3 vectors: twelve sums stay in registers while B's rows stream by.</summary>
    private static void FourRows(ref double a, ref double b, ref double c, int inner, int columns)
    {
        int width = Vector256<double>.Count;
        int j = 0;
        for (; j + (3 * width) <= columns; j += 3 * width)
        {
            Vector256<double> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
            Vector256<double> s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
            ref double bk = ref Unsafe.Add(ref b, j);
            for (nint k = 0; k < inner; k++)
            {
                Vector256<double> b0 = Vector256.LoadUnsafe(ref bk);
                Vector256<double> b1 = Vector256.LoadUnsafe(ref bk, (nuint)width);
                Vector256<double> b2 = Vector256.LoadUnsafe(ref bk, (nuint)(2 * width));
                Vector256<double> value = Vector256.Create(Unsafe.Add(ref a, k));
                s00 = Vector256.FusedMultiplyAdd(value, b0, s00);
                s01 = Vector256.FusedMultiplyAdd(value, b1, s01);
                s02 = Vector256.FusedMultiplyAdd(value, b2, s02);
                value = Vector256.Create(Unsafe.Add(ref a, k + inner));
                s10 = Vector256.FusedMultiplyAdd(value, b0, s10);
                s11 = Vector256.FusedMultiplyAdd(value, b1, s11);
                s12 = Vector256.FusedMultiplyAdd(value, b2, s12);
                value = Vector256.Create(Unsafe.Add(ref a, k + (2 * (nint)inner)));
                s20 = Vector256.FusedMultiplyAdd(value, b0, s20);
                s21 = Vector256.FusedMultiplyAdd(value, b1, s21);
                s22 = Vector256.FusedMultiplyAdd(value, b2, s22);
                value = Vector256.Create(Unsafe.Add(ref a, k + (3 * (nint)inner)));
                s30 = Vector256.FusedMultiplyAdd(value, b0, s30);
                s31 = Vector256.FusedMultiplyAdd(value, b1, s31);
                s32 = Vector256.FusedMultiplyAdd(value, b2, s32);
                bk = ref Unsafe.Add(ref bk, columns);
            }

            Store(s00, s01, s02, ref Unsafe.Add(ref c, j));
            Store(s10, s11, s12, ref Unsafe.Add(ref c, (nint)columns + j));
            Store(s20, s21, s22, ref Unsafe.Add(ref c, (2 * (nint)columns) + j));
            Store(s30, s31, s32, ref Unsafe.Add(ref c, (3 * (nint)columns) + j));
        }

        for (int i = 0; i < RowBlock && j < columns; i++)
        {
            Tail(ref Unsafe.Add(ref a, (nint)i * inner), ref b, ref Unsafe.Add(ref c, (nint)i * columns), inner, columns, j);
        }
    }

    private static void OneRow(ref double a, ref double b, ref double c, int inner, int columns) => Tail(ref a, ref b, ref c, inner, columns, 0);

    /// <summary>One row of C from a column on: whole vectors, then single values.</summary>
    private static void Tail(ref double a, ref double b, ref double c, int inner, int columns, int j)
    {
        for (; j + Vector256<double>.Count <= columns; j += Vector256<double>.Count)
        {
            Vector256<double> sum = default;
            for (nint k = 0; k < inner; k++)
            {
                Vector256<double> right = Vector256.LoadUnsafe(ref Unsafe.Add(ref b, (k * columns) + j));
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref a, k)), right, sum);
            }

            sum.StoreUnsafe(ref Unsafe.Add(ref c, j));
        }

        for (; j < columns; j++)
        {
            double sum = 0;
            for (nint k = 0; k < inner; k++)
            {
                sum = Math.FusedMultiplyAdd(Unsafe.Add(ref a, k), Unsafe.Add(ref b, (k * columns) + j), sum);
            }

            Unsafe.Add(ref c, j) = sum;
        }
    }

    private static void Store(Vector256<double> v0, Vector256<double> v1, Vector256<double> v2, ref double target)
    {
        v0.StoreUnsafe(ref target);
        v1.StoreUnsafe(ref target, (nuint)Vector256<double>.Count);
        v2.StoreUnsafe(ref target, (nuint)(2 * Vector256<double>.Count));
    }
}
