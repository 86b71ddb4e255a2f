using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Products of a row-by-row matrix with a vector, in caller-owned memory.</summary>
public static class MatrixVector
{
    /// <summary>y = A·x; A rows × columns, x of length columns, y of length rows, overwritten.</summary>
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
        y.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(a.Slice(i * y.Length, y.Length), x[i], y, y);
        }
    }
}
