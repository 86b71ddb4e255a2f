using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Statistics;

/// <summary>What of two samples is compared.</summary>
public enum Location
{
    /// <summary>The quantile 0.5.</summary>
    Median,

    /// <summary>The first value that at least half of the sample does not exceed, as <see cref="CensoredMedian"/> has it; an event that has not occurred is +∞.</summary>
    LowerMedian,

    /// <summary>The mean; of flags the fraction.</summary>
    Mean,
}

/// <summary>The difference of the medians, or means, of two samples, with an interval.</summary>
/// <param name="First">That of the first sample; NaN of an empty sample.</param>
/// <param name="Second">That of the second.</param>
/// <param name="Low">The lower end of the 95 percent interval of <see cref="Difference"/>; NaN where a sample has fewer than <see cref="FewestForInterval"/> values.</param>
/// <param name="High">The upper end.</param>
/// <param name="FirstCount">Number of values of the first sample that count.</param>
/// <param name="SecondCount">Number of those of the second.</param>
public sealed record SampleDifference(double First, double Second, double Low, double High, int FirstCount, int SecondCount)
{
    /// <summary>The fewest values with an interval: of fewer, a bootstrap interval is itself off by a quarter or more.</summary>
    public const int FewestForInterval = 8;

    private const double Tail = 0.025;

    /// <summary>Second − first; NaN where one is not known, or both are the same infinity.</summary>
    public double Difference => Second - First;

    /// <summary>−1 where the interval lies below 0, 1 where it lies above, 0 where it contains 0 or is not known.</summary>
    public int Sign => High < 0 ? -1 : Low > 0 ? 1 : 0;

    /// <summary>
    /// The difference of two samples. The interval is the percentile interval of a bootstrap over the replicates (Efron &amp; Tibshirani 1993, ch. 13), of <see cref="Transition.Samples"/> samples.
    /// Paired, replicate r of both is the same draw: only replicates known in both count, and a bootstrap sample draws pairs. Otherwise it draws from each sample by itself. A bootstrap
    /// sample whose difference is undefined, because both medians are the same infinity, counts as −∞ for the lower end and as +∞ for the upper one, so that the interval is not too
    /// short. Philox with the key [0, 0] draws, so the same numbers give the same interval. O(S n) for S bootstrap samples, after sorting.
    /// </summary>
    /// <param name="first">Values by replicate, NaN where one is not known.</param>
    /// <param name="second">Those of the other sample.</param>
    /// <param name="isPaired">Whether replicate r of both is the same draw.</param>
    /// <param name="location">What is compared.</param>
    public static SampleDifference Of(IReadOnlyList<double> first, IReadOnlyList<double> second, bool isPaired, Location location = Location.Median)
    {
        (double[] a, double[] b) = isPaired ? Pairs(first, second) : (Known(first), Known(second));
        (ResampledValues sortedA, ResampledValues sortedB) = (ResampledValues.Of(a), ResampledValues.Of(b));
        int[] drawnA = [.. Enumerable.Repeat(1, a.Length)], drawnB = [.. Enumerable.Repeat(1, b.Length)];
        var difference = new SampleDifference(Of(sortedA, drawnA, location), Of(sortedB, drawnB, location), double.NaN, double.NaN, a.Length, b.Length);
        if (Math.Min(a.Length, b.Length) < FewestForInterval)
        {
            return difference;
        }

        var random = new Philox(0, 0);
        var lows = new double[Transition.Samples];
        var highs = new double[Transition.Samples];
        for (int s = 0; s < lows.Length; s++)
        {
            ResampledValues.Draw(ref random, drawnA);
            if (!isPaired)
            {
                ResampledValues.Draw(ref random, drawnB);
            }

            double sampled = Of(sortedB, isPaired ? drawnA : drawnB, location) - Of(sortedA, drawnA, location);
            (lows[s], highs[s]) = double.IsNaN(sampled) ? (double.NegativeInfinity, double.PositiveInfinity) : (sampled, sampled);
        }

        Array.Sort(lows);
        Array.Sort(highs);
        return difference with { Low = End(lows, Tail, isLow: true), High = End(highs, 1 - Tail, isLow: false) };
    }

    private static double Of(ResampledValues values, int[] drawn, Location location) => location switch
    {
        Location.Median => values.Median(drawn),
        Location.LowerMedian => values.LowerMedian(drawn),
        _ => values.Mean(drawn),
    };

    private static (double[] First, double[] Second) Pairs(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        int[] both = [.. Enumerable.Range(0, Math.Min(first.Count, second.Count)).Where(r => !double.IsNaN(first[r]) && !double.IsNaN(second[r]))];
        return ([.. both.Select(r => first[r])], [.. both.Select(r => second[r])]);
    }

    private static double[] Known(IReadOnlyList<double> values) => [.. values.Where(value => !double.IsNaN(value))];

    // The quantile; beside an infinite value the outer neighbour, because one cannot interpolate.
    private static double End(double[] ascending, double fraction, bool isLow)
    {
        double position = (ascending.Length - 1) * fraction;
        (double below, double above) = (ascending[(int)Math.Floor(position)], ascending[(int)Math.Ceiling(position)]);
        return double.IsFinite(below) && double.IsFinite(above) ? SampleStatistics.Quantile(ascending, fraction) : isLow ? below : above;
    }
}
