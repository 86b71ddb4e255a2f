using System.Collections.Immutable;

namespace RnnSweep.Core.Jacobians;

/// <summary>The singular values of a Jacobian product P_T of N × N, by their logarithms.</summary>
/// <param name="Log10SingularValues">
/// log10 σ_i, length N, descending; −∞ for an exact 0, and after all others NaN from the first index on where double precision cannot say.
/// </param>
/// <param name="Log10Sum">Σ log10 σ_i over all N as computed, trusted or not; −∞ where one is 0.</param>
/// <param name="FrameExponents">
/// Σ ln R_ii over the steps measured, length N, by the place in the frame: how much the frame has grown, one direction after the other.
/// </param>
/// <param name="Log10Errors">The estimated errors of log10 σ_i as computed, length N, those not trusted included.</param>
internal sealed record SingularSpectrum(
    ImmutableArray<double> Log10SingularValues, double Log10Sum, ImmutableArray<double> FrameExponents, ImmutableArray<double> Log10Errors);
