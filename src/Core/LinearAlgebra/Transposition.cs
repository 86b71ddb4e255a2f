using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Transposed copies of matrix blocks.</summary>
internal static class Transposition
{
    // Squares of this size are transposed in registers, where the machine has AVX.
    private const int Square = 4;

    /// <summary>target_ji = source_ij of a rows × columns block; strides are the distances between rows in memory.</summary>
    public static void Copy(ReadOnlySpan<double> source, int sourceStride, Span<double> target, int targetStride, int rows, int columns)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, ((long)(rows - 1) * sourceStride) + columns, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, ((long)(columns - 1) * targetStride) + rows, nameof(target));
        ref double from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; Avx.IsSupported && i + Square <= rows; i += Square)
        {
            int j = 0;
            for (; j + Square <= columns; j += Square)
            {
                Turn(ref Unsafe.Add(ref from, ((nint)i * sourceStride) + j), sourceStride, ref Unsafe.Add(ref to, ((nint)j * targetStride) + i), targetStride);
            }

            Plain(ref from, sourceStride, ref to, targetStride, i, i + Square, j, columns);
        }

        Plain(ref from, sourceStride, ref to, targetStride, i, rows, 0, columns);
    }

    private static void Plain(ref double from, nint sourceStride, ref double to, nint targetStride, nint firstRow, nint rows, nint firstColumn, nint columns)
    {
        for (nint i = firstRow; i < rows; i++)
        {
            for (nint j = firstColumn; j < columns; j++)
            {
                Unsafe.Add(ref to, (j * targetStride) + i) = Unsafe.Add(ref from, (i * sourceStride) + j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(ref double from, nint sourceStride, ref double to, nint targetStride)
    {
        Vector256<double> a = Vector256.LoadUnsafe(ref from), b = Vector256.LoadUnsafe(ref Unsafe.Add(ref from, sourceStride));
        Vector256<double> c = Vector256.LoadUnsafe(ref Unsafe.Add(ref from, 2 * sourceStride)), d = Vector256.LoadUnsafe(ref Unsafe.Add(ref from, 3 * sourceStride));
        Vector256<double> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
        Avx.Permute2x128(ab0, cd0, 0x20).StoreUnsafe(ref to);
        Avx.Permute2x128(ab1, cd1, 0x20).StoreUnsafe(ref Unsafe.Add(ref to, targetStride));
        Avx.Permute2x128(ab0, cd0, 0x31).StoreUnsafe(ref Unsafe.Add(ref to, 2 * targetStride));
        Avx.Permute2x128(ab1, cd1, 0x31).StoreUnsafe(ref Unsafe.Add(ref to, 3 * targetStride));
    }
}
