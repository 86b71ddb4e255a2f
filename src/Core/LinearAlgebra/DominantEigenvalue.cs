using System.Numerics;
using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest modulus of an eigenvalue by matrix products alone: A is squared k times, and A^(2^k) iterates a block of vectors, in which
/// the leading eigenvalues then come to lead by their 2^k-th powers. Answers only what it can vouch for.
/// </summary>
/// <remarks>
/// What it vouches for: (1) the residual ‖Ax − θx‖ times the condition 1/|yᵀx| of the eigenvalue, y its left eigenvector, is below the
/// tolerance; so it is for every other Ritz value that could exceed θ by its own error bound. (2) The block holds all leading eigenvalues:
/// its start is drawn, so it meets each of them, and R of its QR shows that it reaches well inside the leading circle. (3) None was
/// lost in the rounding of the squarings: an eigenvalue on the leading circle of a condition beyond all that is seen would show in the
/// growth of the powers' norms, since sup_j ‖A^j‖/ρ^j is at least the norm of its projector, the condition (Kreiss), and Gelfand's
/// bound ρ ≤ ‖A^j‖^(1/j) caps what could be hidden.
/// </remarks>
internal static class DominantEigenvalue
{
    /// <summary>Bound of the relative error of what is answered.</summary>
    public const double Tolerance = 1e-12;

    // Six squarings and a block of n/16 cost about the same; then come further squarings, for leading eigenvalues that crowd.
    private const int FirstSquarings = 6, MoreSquarings = 3, MostSquarings = 12;

    // Random matrices stay below √n. The relative noise of the powers is some ε·growth², far too little at this to cover an eigenvalue.
    private const double LargestGrowth = 1e3;

    private const double RightResidual = 1e-14;

    // The condition needs few digits, but eigenvalues closer than this come out mixed, as if ill conditioned.
    private const double LeftResidual = 1e-8;

    /// <summary>ρ(A) of an n × n matrix of magnitudes near 1; null where this way is not to be trusted, or not to be had.</summary>
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
            if (shift is > -1000 and < 1000) // not that of a zero, an infinity or a NaN
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
