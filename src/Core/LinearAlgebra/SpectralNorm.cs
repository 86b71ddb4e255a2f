using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>The largest singular value of a dense matrix, by Lanczos iteration on AᵀA to a residual of 1e-13 of σ².</summary>
public static class SpectralNorm
{
    // The squared length of AᵀAv contains fourth powers of the entries, which must stay in range.
    private const int SafeExponent = 200;

    /// <summary>σ_max of a rows × columns matrix, row by row; uses pooled memory. NaN where A contains a NaN.</summary>
    public static double Of(ReadOnlySpan<double> a, int rows, int columns)
    {
        a = a[..(rows * columns)];
        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude(a)); // MaxMagnitude returns a signed value
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return magnitude;
        }

        if (Math.Abs(Math.ILogB(magnitude)) <= SafeExponent)
        {
            return Math.Sqrt(Lanczos.Largest(a, columns));
        }

        double[] scaled = a.ToArray();
        int exponent = PowerOfTwo.Extract(scaled);
        return Math.ScaleB(Of(scaled, rows, columns), exponent);
    }
}
