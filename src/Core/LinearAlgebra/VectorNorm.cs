using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>The euclidean length of a vector, without overflow or underflow of the squares.</summary>
internal static class VectorNorm
{
    // Between these limits, squares and sums of any number of them that fits in memory stay in the range of a double.
    private const double Smallest = 1e-140, Largest = 1e140;

    /// <summary>‖x‖₂; 0 only where every component is 0. Allocates only where the components must be scaled.</summary>
    public static double Of(ReadOnlySpan<double> x)
    {
        double norm = TensorPrimitives.Norm(x);
        if (norm is >= Smallest and <= Largest)
        {
            return norm;
        }

        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude(x));
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return magnitude;
        }

        double[] scaled = x.ToArray();
        int exponent = PowerOfTwo.Extract(scaled);
        return Math.ScaleB(TensorPrimitives.Norm<double>(scaled), exponent);
    }
}
