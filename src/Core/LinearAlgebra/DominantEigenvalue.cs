using System.Numerics;
using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest modulus of an eigenvalue from matrix products: A is squared k times, and a block of vectors is iterated with A^(2^k), in which the
/// leading eigenvalues dominate by their 2^k-th powers. Returns a value only where its error is bounded.
/// </summary>
/// <remarks>
/// The conditions are: (1) The residual ‖Ax − θx‖ times the condition 1/|yᵀx| of the eigenvalue, y its left eigenvector, is below the tolerance, as it is for
/// every other Ritz value that could exceed θ by its own error bound. (2) The block contains all leading eigenvalues: its start is random, so it has a
/// component along each, and R of its QR shows that it also contains clearly smaller ones. (3) Rounding in the squarings has hidden none: an ill-conditioned
/// eigenvalue of leading modulus would appear in the growth of the powers' norms, since sup_j ‖A^j‖/ρ^j is at least the norm of its projector, the condition
/// (Kreiss), and Gelfand's bound ρ ≤ ‖A^j‖^(1/j) limits what could be hidden.
/// </remarks>
internal static class DominantEigenvalue
{
    /// <summary>Bound of the relative error of the result.</summary>
    public const double Tolerance = 1e-12;

    // Six squarings cost about as much as a block of n/16. Further squarings follow where leading eigenvalues are close together.
    private const int FirstSquarings = 6, MoreSquarings = 3, MostSquarings = 12;

    // Random matrices stay below √n. The relative rounding error of the powers is some ε·growth², at this limit far too small to hide an eigenvalue.
    private const double LargestGrowth = 1e3;

    private const double RightResidual = 1e-14;

    // The condition needs few digits, but the vectors of eigenvalues closer than this are mixed and look ill conditioned.
    private const double LeftResidual = 1e-8;

    /// <summary>ρ(A) of an n × n matrix of magnitudes near 1; null where the method does not converge or its error is not bounded.</summary>
    public static double? Modulus(Matrix a)
    {
        int n = a.Rows;
        double[] power = [.. a.Values], spare = new double[power.Length];
        var log2Norms = new List<double>();
        var right = new RitzSubspace(a);
        double exponent = 0;
        for (int k = 0; k <= MostSquarings; k++)
        {
            double norm = TensorPrimitives.Norm<double>(power);
            if (norm == 0 || !double.IsFinite(norm))
            {
                return null;
            }

            log2Norms.Add(Math.Log2(norm) + exponent);
            if (k >= FirstSquarings && (k - FirstSquarings) % MoreSquarings == 0 && right.Iterate(power, RightResidual) is { } pairs)
            {
                double largest = pairs.Max(pair => pair.Modulus);
                return GrowthIsSmall(log2Norms, largest) && AreWellConditioned(a, power, pairs, largest) ? largest : null;
            }

            MatrixProduct.Multiply(power, power, spare, n, n, n);
            (power, spare) = (spare, power);
            int shift = Math.ILogB(TensorPrimitives.MaxMagnitude<double>(power));
            if (shift is > -1000 and < 1000) // a zero, an infinity or a NaN is not scaled
            {
                TensorPrimitives.Multiply(power, Math.ScaleB(1, -shift), power);
            }

            exponent = (2 * exponent) + shift;
        }

        return null;
    }

    private static bool GrowthIsSmall(List<double> log2Norms, double modulus)
    {
        double log2 = Math.Log2(modulus), limit = Math.Log2(LargestGrowth);
        return log2Norms.Index().All(norm => norm.Item - Math.ScaleB(log2, norm.Index) <= limit);
    }

    private static bool AreWellConditioned(Matrix a, double[] power, RitzPair[] pairs, double largest)
    {
        int n = a.Rows;
        var transposed = new double[power.Length];
        Transposition.Copy(power, n, transposed, n, n, n);
        if (new RitzSubspace(a.Transpose()).Iterate(transposed, LeftResidual) is not { } left)
        {
            return false;
        }

        return pairs.All(pair =>
        {
            RitzPair partner = left.MinBy(other => Complex.Abs(other.Value - pair.Value))!;
            double error = pair.Residual / pair.Overlap(partner);
            return pair.Modulus + error <= largest * (1 + Tolerance);
        });
    }
}
