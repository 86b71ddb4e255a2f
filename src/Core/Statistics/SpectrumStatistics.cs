using System.Collections.Immutable;
using RnnSweep.Core.Jacobians;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// Statistics of all singular values of a Jacobian product. NaN means not known. Singular values that double precision cannot resolve are smaller
/// than those that it can; exact zeros come last.
/// </summary>
public sealed record SpectrumStatistics
{
    /// <summary>log10 σ_min.</summary>
    public double Log10MinSingularValue { get; init; } = double.NaN;

    /// <summary>log10 (σ_max / σ_min); +∞ where only σ_min is 0.</summary>
    public double Log10ConditionNumber { get; init; } = double.NaN;

    /// <summary>The fraction of exponents above 0.</summary>
    public double UnstableFraction { get; init; } = double.NaN;

    /// <summary>Σ of the exponents above 0, nats per step: the entropy rate by Pesin's formula.</summary>
    public double EntropyRate { get; init; } = double.NaN;

    /// <summary>
    /// j + Σ_{i≤j} λ_i / |λ_{j+1}|, j the largest number of exponents whose sum is not below 0 (Kaplan &amp; Yorke 1979); N where that is all of them, 0
    /// where λ_1 &lt; 0.
    /// </summary>
    public double KaplanYorkeDimension { get; init; } = double.NaN;

    /// <summary>(Σ ln σ_i − ln |det P_T|) / (N·T), including unresolved σ_i. It is 0 in exact arithmetic and shows lost precision.</summary>
    public double SumRuleResidual { get; init; } = double.NaN;

    /// <summary>The statistics of a spectrum.</summary>
    /// <remarks>
    /// An exponent that is within its error of 0 counts as 0. Unknown exponents count as stable where the last known one is below 0; otherwise fractions and
    /// sums are unknown too.
    /// </remarks>
    /// <param name="spectrum">The spectrum of P_T.</param>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="log10AbsDeterminant">log10 |det P_T|, computed independently.</param>
    internal static SpectrumStatistics Of(SingularSpectrum spectrum, int steps, double log10AbsDeterminant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ImmutableArray<double> logs = spectrum.Log10SingularValues;
        double perStep = Math.Log(10) / steps;
        double[] exponents = [.. logs.Select((log, i) => Math.Abs(log) <= spectrum.Log10Errors[i] ? 0 : log * perStep)];
        double[] known = logs.Any(double.IsNaN) ? [.. exponents.TakeWhile(double.IsFinite)] : exponents; // exact zeros come after the unknown values
        double smallest = logs.Contains(double.NegativeInfinity) ? double.NegativeInfinity : logs[^1];
        bool areSignsKnown = known.Length == logs.Length || (known.Length > 0 && known[^1] < 0);
        return new SpectrumStatistics
        {
            Log10MinSingularValue = smallest,
            Log10ConditionNumber = logs[0] - smallest,
            UnstableFraction = areSignsKnown ? known.Count(exponent => exponent > 0) / (double)logs.Length : double.NaN,
            EntropyRate = areSignsKnown ? known.Where(exponent => exponent > 0).Sum() : double.NaN,
            KaplanYorkeDimension = Dimension(known, logs.Length),
            SumRuleResidual = (spectrum.Log10Sum - log10AbsDeterminant) * perStep / logs.Length,
        };
    }

    /// <summary>The dimension of Kaplan and Yorke from the largest exponents, descending; NaN where they do not determine it.</summary>
    /// <param name="known">The exponents.</param>
    /// <param name="size">Number of all exponents, N.</param>
    internal static double Dimension(double[] known, int size)
    {
        double sum = 0;
        for (int j = 0; j < known.Length; j++)
        {
            if (sum + known[j] < 0)
            {
                return j + (sum / -known[j]);
            }

            sum += known[j];
        }

        return known.Length == size ? size : double.NaN;
    }
}
