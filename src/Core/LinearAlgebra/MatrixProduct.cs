using System.Buffers;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// C = A·B for row-by-row matrices in the caller's memory. Allocates only pooled buffers. The same input gives the same bits on every call and every
/// thread.
/// </summary>
public static class MatrixProduct
{
    /// <summary>The instruction set that products use.</summary>
    public static string InstructionSet => ProductKernel.Best.Name;

    /// <summary>C = A·B.</summary>
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
        ProductKernel kernel = ProductKernel.Best;
        int leftLength = kernel.PaddedRows(rows) * inner, rightLength = inner * kernel.PaddedColumns(columns);
        double[] buffer = ArrayPool<double>.Shared.Rent(leftLength + rightLength);
        Span<double> left = buffer.AsSpan(0, leftLength), right = buffer.AsSpan(leftLength, rightLength);
        kernel.PackLeft(a, rows, inner, left);
        kernel.PackRight(b, inner, columns, inner, right);
        kernel.Multiply(left, right, c, rows, inner, columns);
        ArrayPool<double>.Shared.Return(buffer);
    }
}
