namespace RnnSweep.Core.Statistics;

/// <summary>
/// Location and spread of the known values of a sample. Undefined statistics are NaN: all of an empty sample, the spread of a single value or of a
/// sample with an infinite value.
/// </summary>
public sealed record SampleStatistics
{
    /// <summary>Number of known values n.</summary>
    public required int Count { get; init; }

    /// <summary>Σx / n; infinite where a value is.</summary>
    public double Mean { get; private init; } = double.NaN;

    /// <summary>√(Σ(x − mean)² / (n − 1)), for n ≥ 2.</summary>
    public double Sd { get; private init; } = double.NaN;

    /// <summary>sd / √n: the standard error of the mean.</summary>
    public double Sem { get; private init; } = double.NaN;

    /// <summary>The smallest value.</summary>
    public double Min { get; private init; } = double.NaN;

    /// <summary>The quantile 0.05.</summary>
    public double Q05 { get; private init; } = double.NaN;

    /// <summary>The quantile 0.25.</summary>
    public double Q25 { get; private init; } = double.NaN;

    /// <summary>The quantile 0.5.</summary>
    public double Median { get; private init; } = double.NaN;

    /// <summary>The quantile 0.75.</summary>
    public double Q75 { get; private init; } = double.NaN;

    /// <summary>The quantile 0.95.</summary>
    public double Q95 { get; private init; } = double.NaN;

    /// <summary>The largest value.</summary>
    public double Max { get; private init; } = double.NaN;

    /// <summary>The statistics of the values that are not NaN; the same values in the same order give the same bits. Allocates a copy.</summary>
    public static SampleStatistics Of(ReadOnlySpan<double> values)
    {
        double[] known = Known(values);
        if (known.Length == 0)
        {
            return new SampleStatistics { Count = 0 };
        }

        // The sums depend on the order given, so they come before sorting.
        (double mean, double sd) = Moments(known);
        Array.Sort(known);
        return new SampleStatistics
        {
            Count = known.Length,
            Mean = Math.Clamp(mean, known[0], known[^1]),
            Sd = sd,
            Sem = sd / Math.Sqrt(known.Length),
            Min = known[0],
            Q05 = Quantile(known, 0.05),
            Q25 = Quantile(known, 0.25),
            Median = Quantile(known, 0.5),
            Q75 = Quantile(known, 0.75),
            Q95 = Quantile(known, 0.95),
            Max = known[^1],
        };
    }

    /// <summary>
    /// The quantile of an ascending sample, linear between neighbours at the position (n − 1)·fraction: numpy's default rule, to
    /// the last bit. Between −∞ and a finite value it is −∞.
    /// </summary>
    /// <param name="ascending">At least one value, ascending, no NaN.</param>
    /// <param name="fraction">In [0, 1].</param>
    internal static double Quantile(ReadOnlySpan<double> ascending, double fraction)
    {
        double position = (ascending.Length - 1) * fraction;
        int index = (int)position;
        double weight = position - index;
        double below = ascending[index];

        // An exact position must not use the next value: 0 · ∞ is NaN.
        if (weight == 0 || double.IsInfinity(below))
        {
            return below;
        }

        double above = ascending[index + 1];
        double step = above - below;

        // Interpolating from the nearer end keeps the result in the interval.
        return weight < 0.5 ? below + (step * weight) : above - (step * (1 - weight));
    }

    private static double[] Known(ReadOnlySpan<double> values)
    {
        var known = new double[values.Length];
        int count = 0;
        foreach (double value in values)
        {
            if (!double.IsNaN(value))
            {
                known[count++] = value;
            }
        }

        return known[..count];
    }

    /// <summary>Mean and sd in two passes. The second corrects the rounding error of the mean.</summary>
    private static (double Mean, double Sd) Moments(double[] values)
    {
        int n = values.Length;

        // Relative to the first value the sum is small, and exactly 0 for a constant sample.
        double origin = values[0];
        double sum = 0;
        bool finite = true;
        foreach (double value in values)
        {
            sum += value - origin;
            finite &= double.IsFinite(value);
        }

        if (!finite)
        {
            return (values.Sum(), double.NaN);
        }

        double mean = origin + (sum / n);
        double deviations = 0;
        double squares = 0;
        foreach (double value in values)
        {
            double deviation = value - mean;
            deviations += deviation;
            squares += deviation * deviation;
        }

        double variance = n < 2 ? double.NaN : Math.Max(0, squares - (deviations * deviations / n)) / (n - 1);
        return (mean + (deviations / n), Math.Sqrt(variance));
    }
}
