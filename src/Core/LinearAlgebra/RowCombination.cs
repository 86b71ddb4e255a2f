using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Sums of the rows of a matrix. Those of a Lanczos iteration take four rows at a time: each row is read from memory once, and the vector a quarter as
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

    /// <summary>Replaces the first row of A by the sum of its rows times a factor each; returns the largest magnitude of the sum.</summary>
    /// <param name="a">A, as many rows as factors, row by row.</param>
    /// <param name="factors">At least one.</param>
    /// <param name="columns">Columns of A.</param>
    public static double Replace(Span<double> a, ReadOnlySpan<double> factors, int columns)
    {
        ref double first = ref MemoryMarshal.GetReference(a[..(factors.Length * columns)]);
        Vector512<long> largest = default, magnitudes = Vector512.Create(long.MaxValue); // bits without signs, which are in the order of the magnitudes
        nint j = 0;
        for (; j + 32 <= columns; j += 32)
        {
            ref double row = ref Unsafe.Add(ref first, j);
            Vector512<double> factor = Vector512.Create(factors[0]);
            Vector512<double> sum0 = factor * Vector512.LoadUnsafe(ref row), sum1 = factor * Vector512.LoadUnsafe(ref row, 8);
            Vector512<double> sum2 = factor * Vector512.LoadUnsafe(ref row, 16), sum3 = factor * Vector512.LoadUnsafe(ref row, 24);
            for (int l = 1; l < factors.Length; l++)
            {
                row = ref Unsafe.Add(ref row, columns);
                factor = Vector512.Create(factors[l]);
                sum0 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row), sum0);
                sum1 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, 8), sum1);
                sum2 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, 16), sum2);
                sum3 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, 24), sum3);
            }

            row = ref Unsafe.Add(ref first, j);
            sum0.StoreUnsafe(ref row);
            sum1.StoreUnsafe(ref row, 8);
            sum2.StoreUnsafe(ref row, 16);
            sum3.StoreUnsafe(ref row, 24);
            Vector512<long> pair = Vector512.Max(sum0.AsInt64() & magnitudes, sum1.AsInt64() & magnitudes);
            largest = Vector512.Max(largest, Vector512.Max(pair, Vector512.Max(sum2.AsInt64() & magnitudes, sum3.AsInt64() & magnitudes)));
        }

        Vector256<long> half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        Vector128<long> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        double magnitude = BitConverter.Int64BitsToDouble(Math.Max(quarter[0], quarter[1]));
        for (; j < columns; j++)
        {
            double sum = factors[0] * Unsafe.Add(ref first, j);
            for (int l = 1; l < factors.Length; l++)
            {
                sum = Math.FusedMultiplyAdd(factors[l], Unsafe.Add(ref first, (l * (nint)columns) + j), sum);
            }

            Unsafe.Add(ref first, j) = sum;
            magnitude = Math.Max(magnitude, Math.Abs(sum));
        }

        return magnitude;
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
