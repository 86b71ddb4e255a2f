using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Products of a row-by-row matrix with a vector, in the caller's memory.</summary>
public static class MatrixVector
{
    /// <summary>
    /// y = A·x; A rows × columns, x of length columns, y of length rows, overwritten. For many products with one A, its transpose and
    /// <see cref="MultiplyTransposed"/> are faster.
    /// </summary>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        int columns = x.Length, row = 0;
        for (; row + 4 <= y.Length; row += 4)
        {
            (y[row], y[row + 1], y[row + 2], y[row + 3]) = FourRows.Dots(a[(row * columns)..], columns, x);
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
}
