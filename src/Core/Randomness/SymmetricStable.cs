using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Randomness;

/// <summary>
/// Symmetric α-stable numbers from uniforms (Chambers, Mallows &amp; Stuck 1976). The distribution is S(α, β = 0) in the standard form S1 of Nolan, with the
/// characteristic function exp(−|k|^α): α = 2 is a normal distribution of variance 2, α = 1 the Cauchy distribution.
/// </summary>
internal static class SymmetricStable
{
    /// <summary>The smallest α. Below it, numbers may leave the range of a double.</summary>
    public const double LeastStability = 0.1;

    /// <summary>
    /// Replaces u by e^s X with V = π(u − ½), E = −ln v and X = sin αV / (cos V)^(1/α) · (cos((1 − α)V) / E)^((1 − α)/α). A number depends only on its u and v,
    /// not on its index. Its relative error is a few ulp times 1 + |ln X|.
    /// </summary>
    /// <param name="u">Uniforms in (0, 1), a multiple of four; overwritten.</param>
    /// <param name="v">As many other uniforms.</param>
    /// <param name="stability">α, from <see cref="LeastStability"/> to 2.</param>
    /// <param name="logScale">s.</param>
    public static void Transform(Span<double> u, ReadOnlySpan<double> v, double stability, double logScale)
    {
        ref double first = ref MemoryMarshal.GetReference(u), second = ref MemoryMarshal.GetReference(v);
        for (nuint i = 0; i < (nuint)u.Length; i += 4)
        {
            Transform(Vector256.LoadUnsafe(ref first, i), Vector256.LoadUnsafe(ref second, i), stability, logScale).StoreUnsafe(ref first, i);
        }
    }

    // With w = min(u, 1 − u), |V| = π(½ − w). Every sine and cosine is taken as that of an angle up to π/2 that is a sum of positive terms, so small ones
    // have a small relative error too.
    private static Vector256<double> Transform(Vector256<double> u, Vector256<double> v, double stability, double logScale)
    {
        Vector256<double> half = Vector256.Create(0.5), w = Vector256.MinNative(u, Vector256<double>.One - u), angle = (half - w) * stability;
        Vector256<double> complement = Vector256.FusedMultiplyAdd(w, Vector256.Create(stability), Vector256.Create(1 - (stability / 2)));
        Vector256<double> sine = Sine.OfPiTimes(Vector256.ConditionalSelect(Vector256.GreaterThan(angle, half), complement, angle)); // |sin αV|
        double least = stability <= 1 ? stability / 2 : 1 - (stability / 2);
        Vector256<double> rest = Vector256.FusedMultiplyAdd(w, Vector256.Create(Math.Abs(1 - stability)), Vector256.Create(least));
        Vector256<double> logCosine = Logarithm.Of(Sine.OfPiTimes(w)); // ln cos V
        Vector256<double> logOther = Logarithm.Of(Sine.OfPiTimes(Vector256.MinNative(rest, half))); // ln cos((1 − α)V)
        Vector256<double> logExponential = Logarithm.Of(-Logarithm.Of(v)); // ln E
        Vector256<double> power = ((((logOther - logExponential) * (1 - stability)) - logCosine) / Vector256.Create(stability)) + Vector256.Create(logScale);
        Vector256<double> small = Exponential.Of(-Vector256.Abs(power), out _);
        Vector256<double> factor = Vector256.ConditionalSelect(Vector256.GreaterThan(power, Vector256<double>.Zero), Vector256<double>.One / small, small);
        return Vector256.CopySign(sine * factor, u - half);
    }
}
