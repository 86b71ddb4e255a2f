using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>Norms of a Jacobian product; −∞ where it is 0.</summary>
/// <param name="Log10Spectral">log10 σ_max(P_t).</param>
/// <param name="Log10Frobenius">log10 ‖P_t‖_F.</param>
internal readonly record struct ProductNorms(double Log10Spectral, double Log10Frobenius)
{
    /// <summary>The norms of 2^exponent times a matrix, from the norms of the matrix.</summary>
    public static ProductNorms Of(double spectral, double frobenius, double exponent) =>
        new(Math.Log10(spectral) + (exponent * PowerOfTwo.Log10), Math.Log10(frobenius) + (exponent * PowerOfTwo.Log10));
}
