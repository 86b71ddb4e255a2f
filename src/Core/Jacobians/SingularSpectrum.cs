using System.Collections.Immutable;

namespace RnnSweep.Core.Jacobians;

/// <summary>The logarithms of the singular values of a Jacobian product P_T, N × N.</summary>
/// <param name="Log10SingularValues">
/// log10 σ_i, length N, descending. NaN for those that double precision cannot resolve, followed by −∞ for exact zeros.
/// </param>
/// <param name="Log10Sum">Σ log10 σ_i over all N as computed, including unresolved ones; −∞ where one is 0, NaN where one may be.</param>
/// <param name="FrameExponents">
/// Σ ln R_ii over the steps measured, length N, in the frame's initial column order: the growth of each direction of the frame. NaN where double precision
/// cannot resolve it.
/// </param>
/// <param name="Log10Errors">The estimated errors of log10 σ_i as computed, length N, including unresolved ones.</param>
internal sealed record SingularSpectrum(
    ImmutableArray<double> Log10SingularValues, double Log10Sum, ImmutableArray<double> FrameExponents, ImmutableArray<double> Log10Errors)
{
    // If two calculations of one number differ by more than this, one is wrong. It is a thousand times the rounding error.
    private const double Tolerance = 1e-7, RelativeTolerance = 1e-12;

    /// <summary>
    /// Combines the spectrum with an independently computed norm. The norm replaces an unknown σ_1. Where it disagrees with σ_1, the other singular
    /// values become unknown.
    /// </summary>
    /// <param name="log10Norm">log10 ‖P_T‖₂; NaN where it is not known.</param>
    /// <param name="steps">T.</param>
    public SingularSpectrum WithNorm(double log10Norm, int steps)
    {
        double first = Log10SingularValues[0], tolerance = (Tolerance * Math.Max(1, steps / 1000.0)) + (RelativeTolerance * Math.Abs(log10Norm));
        if (double.IsNaN(log10Norm) || first == log10Norm || Math.Abs(first - log10Norm) <= tolerance)
        {
            return this;
        }

        if (double.IsNegativeInfinity(log10Norm))
        {
            return this with { Log10SingularValues = [.. Log10SingularValues.Select(_ => double.NegativeInfinity)] };
        }

        // Exact zeros stay known even then, unless all singular values were taken for zeros.
        bool areOthersKnown = double.IsNaN(first), areZerosKnown = !double.IsNegativeInfinity(first);
        return this with
        {
            Log10SingularValues =
            [
                log10Norm,
                .. Log10SingularValues.Skip(1).Select(value => areOthersKnown || (areZerosKnown && double.IsNegativeInfinity(value)) ? value : double.NaN),
            ],
            Log10Errors = Log10Errors.SetItem(0, tolerance),
        };
    }
}
