using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Products of a row-by-row matrix with a vector, in caller-owned memory.</summary>
public static class MatrixVector
{
    /// <summary>
    /// y = A·x; A rows × columns, x of length columns, y of length rows, overwritten. For many products with one A, its transpose and
    /// <see cref="MultiplyTransposed"/> are faster.
    /// </summary>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = TensorPrimitives.Dot(a.Slice(i * x.Length, x.Length), x);
        }
    }

    /// <summary>y = Aᵀ·x; A rows × columns, x of length rows, y of length columns, overwritten.</summary>
    public static void MultiplyTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        ProductKernel.Best.MultiplyTransposed(a, x, y);
    }
}
