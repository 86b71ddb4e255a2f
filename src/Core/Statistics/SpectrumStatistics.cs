using System.Collections.Immutable;
using RnnSweep.Core.Jacobians;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// What all singular values of a Jacobian product tell together. NaN is what is not known: singular values that double precision cannot tell come after
/// those that it can, and are smaller; exact zeros come last.
/// </summary>
public sealed record SpectrumStatistics
{
    /// <summary>log10 σ_min.</summary>
    public double Log10MinSingularValue { get; init; } = double.NaN;

    /// <summary>log10 (σ_max / σ_min); +∞ where σ_min alone is 0.</summary>
    public double Log10ConditionNumber { get; init; } = double.NaN;

    /// <summary>The share of exponents above 0.</summary>
    public double UnstableFraction { get; init; } = double.NaN;

    /// <summary>Σ of the exponents above 0, nats per step: what Pesin's formula makes the entropy.</summary>
    public double EntropyRate { get; init; } = double.NaN;

    /// <summary>
    /// j + Σ_{i≤j} λ_i / |λ_{j+1}|, j the most exponents whose sum is not below 0 (Kaplan &amp; Yorke 1979); N where that is all of them, 0 where λ_1 &lt; 0.
    /// </summary>
    public double KaplanYorkeDimension { get; init; } = double.NaN;

    /// <summary>(Σ ln σ_i − ln |det P_T|) / (N·T), untrusted σ_i included: two ways to one number, which differ where precision has been lost.</summary>
    public double SumRuleResidual { get; init; } = double.NaN;

    /// <summary>The statistics of a spectrum.</summary>
    /// <remarks>
    /// An exponent that is not further from 0 than its error counts as 0. Exponents that are not known do not count as unstable where the last that
    /// is known lies below 0; else shares and sums are not known either.
    /// </remarks>
    /// <param name="spectrum">Of P_T.</param>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="log10AbsDeterminant">log10 |det P_T|, found otherwise.</param>
    internal static SpectrumStatistics Of(SingularSpectrum spectrum, int steps, double log10AbsDeterminant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ImmutableArray<double> logs = spectrum.Log10SingularValues;
        double perStep = Math.Log(10) / steps;
        double[] exponents = [.. logs.Select((log, i) => Math.Abs(log) <= spectrum.Log10Errors[i] ? 0 : log * perStep)];
        double[] known = logs.Any(double.IsNaN) ? [.. exponents.TakeWhile(double.IsFinite)] : exponents; // exact zeros come after what is missing
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

    private static double Dimension(double[] known, int size)
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
