using System.Collections.Immutable;

namespace RnnSweep.Core.Jacobians;

/// <summary>The singular values of a Jacobian product P_T of N × N, by their logarithms.</summary>
/// <param name="Log10SingularValues">
/// log10 σ_i, length N, descending: −∞ for an exact 0, at the end; NaN from the first index on where double precision cannot say up to those.
/// </param>
/// <param name="Log10Sum">Σ log10 σ_i over all N as computed, trusted or not; −∞ where one is 0, NaN where one may be.</param>
/// <param name="FrameExponents">
/// Σ ln R_ii over the steps measured, length N, by the place in the frame as it was at the start: how much the frame has grown, one direction after the
/// other. NaN where double precision cannot say.
/// </param>
/// <param name="Log10Errors">The estimated errors of log10 σ_i as computed, length N, those not trusted included.</param>
internal sealed record SingularSpectrum(
    ImmutableArray<double> Log10SingularValues, double Log10Sum, ImmutableArray<double> FrameExponents, ImmutableArray<double> Log10Errors)
{
    // The errors of two ways to one number, beyond which one of them is wrong; a thousand times what rounding comes to.
    private const double Tolerance = 1e-7, RelativeTolerance = 1e-12;

    /// <summary>
    /// The spectrum where the norm of the product is known by itself: σ_1 is the norm where it is not known, and where they disagree, no other is known.
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

        // Zeros are exact whatever else is not known, unless all were taken for zeros.
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
