using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>The largest singular value of a dense matrix, by Lanczos iteration on AᵀA to a residual of 1e-13 of σ².</summary>
public static class SpectralNorm
{
    // Fourth powers of the entries are formed, the squared length of AᵀAv.
    private const int SafeExponent = 200;

    /// <summary>σ_max of a rows × columns matrix, row by row; works in pooled memory. NaN where A holds a NaN.</summary>
    public static double Of(ReadOnlySpan<double> a, int rows, int columns)
    {
        a = a[..(rows * columns)];
        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude(a)); // which keeps the sign
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return magnitude;
        }

        int exponent = Math.ILogB(magnitude);
        return Math.Abs(exponent) > SafeExponent
            ? Math.ScaleB(Of(Scaled(a, -exponent), rows, columns), exponent)
            : Math.Sqrt(Lanczos.Largest(a, columns));
    }

    private static double[] Scaled(ReadOnlySpan<double> a, int exponent)
    {
        var scaled = new double[a.Length];
        TensorPrimitives.Multiply(a, Math.ScaleB(1, exponent / 2), scaled); // in two steps: 2^1074 is not a double
        TensorPrimitives.Multiply(scaled, Math.ScaleB(1, exponent - (exponent / 2)), scaled);
        return scaled;
    }
}
