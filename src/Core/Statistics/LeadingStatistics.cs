namespace RnnSweep.Core.Statistics;

/// <summary>Statistics of the whole spectrum as far as its k largest exponents determine them. NaN means not known.</summary>
/// <param name="UnstableFraction">The fraction of the N exponents above 0; known where the k-th is below 0, or k = N.</param>
/// <param name="EntropyRate">Σ of the exponents above 0, nats per step; known where the k-th is below 0, or k = N.</param>
/// <param name="KaplanYorkeDimension">As of <see cref="SpectrumStatistics.KaplanYorkeDimension"/>; known where the sum falls below 0 within the k, or k = N.</param>
internal readonly record struct LeadingStatistics(double UnstableFraction, double EntropyRate, double KaplanYorkeDimension)
{
    /// <summary>The statistics of k exponents in any order.</summary>
    /// <param name="exponents">The k exponents; NaN where not known.</param>
    /// <param name="errors">Bounds of their errors; an exponent within its error of 0 counts as 0.</param>
    /// <param name="size">N.</param>
    public static LeadingStatistics Of(IReadOnlyList<double> exponents, IReadOnlyList<double> errors, int size)
    {
        // Unknown exponents are smaller than those that are known, so the known ones are the largest.
        double[] known =
        [
            .. exponents.Zip(errors, (exponent, error) => Math.Abs(exponent) <= error ? 0 : exponent).TakeWhile(exponent => !double.IsNaN(exponent)).OrderDescending(),
        ];
        bool areSignsKnown = known.Length == size || (known.Length > 0 && known[^1] < 0);
        return new LeadingStatistics(
            areSignsKnown ? known.Count(exponent => exponent > 0) / (double)size : double.NaN,
            areSignsKnown ? known.Where(exponent => exponent > 0).Sum() : double.NaN,
            SpectrumStatistics.Dimension(known, size));
    }
}
