using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// The coordinate at which the median of a measured quantity rises through 0: by linear interpolation between the last point with a negative median
/// and the next one.
/// </summary>
/// <param name="Coordinate">The lowest coordinate at which the median rises through 0.</param>
/// <param name="Low">The quantile 0.025 of the bootstrap samples that have a transition; NaN with fewer than two replicates.</param>
/// <param name="High">Their quantile 0.975.</param>
/// <param name="Crossings">Number of sign changes of the medians, in both directions.</param>
public sealed record Transition(double Coordinate, double Low, double High, int Crossings)
{
    /// <summary>Number of bootstrap samples: ten of them lie beyond each end of the interval.</summary>
    public const int Samples = 400;

    /// <summary>
    /// The transition along a line of points; null where the medians never rise through 0. The interval is the percentile interval of a bootstrap
    /// over the replicates (Efron &amp; Tibshirani 1993, ch. 13), because the distribution is often skewed. A sample draws replicates instead of
    /// points, because replicate r is the same network at every point. Philox with the key [0, 0] draws, so the same numbers give the same interval.
    /// </summary>
    /// <param name="coordinates">Ascending.</param>
    /// <param name="replicates">For each coordinate the values by replicate, NaN where one is not known.</param>
    /// <param name="samples">Number of bootstrap samples; with fewer than two, the interval is not known.</param>
    public static Transition? Of(IReadOnlyList<double> coordinates, IReadOnlyList<IReadOnlyList<double>> replicates, int samples = Samples)
    {
        if (coordinates.Count != replicates.Count)
        {
            throw new ArgumentException($"{coordinates.Count} coordinates need as many points, but there are {replicates.Count}", nameof(replicates));
        }

        int count = replicates.Count == 0 ? 0 : replicates.Max(values => values.Count);
        ResampledValues[] points = [.. replicates.Select(ResampledValues.Of)];
        int[] drawn = [.. Enumerable.Repeat(1, count)];
        (double coordinate, int crossings) = Crossing(coordinates, points, drawn);
        if (double.IsNaN(coordinate))
        {
            return null;
        }

        if (count < 2 || samples < 2)
        {
            return new Transition(coordinate, double.NaN, double.NaN, crossings);
        }

        var random = new Philox(0, 0);
        var sampled = new double[samples];
        for (int s = 0; s < samples; s++)
        {
            ResampledValues.Draw(ref random, drawn);
            (sampled[s], _) = Crossing(coordinates, points, drawn);
        }

        double[] known = [.. sampled.Where(double.IsFinite).Order()];
        return known.Length < 2
            ? new Transition(coordinate, double.NaN, double.NaN, crossings)
            : new Transition(coordinate, SampleStatistics.Quantile(known, 0.025), SampleStatistics.Quantile(known, 0.975), crossings);
    }

    // Points without a known value are skipped.
    private static (double Coordinate, int Crossings) Crossing(IReadOnlyList<double> coordinates, ResampledValues[] points, int[] drawn)
    {
        double first = double.NaN, before = double.NaN, coordinateBefore = double.NaN;
        int crossings = 0;
        for (int i = 0; i < coordinates.Count; i++)
        {
            double median = points[i].Median(drawn);
            if (double.IsNaN(median))
            {
                continue;
            }

            if (before < 0 != median < 0 && !double.IsNaN(before))
            {
                crossings++;
                if (before < 0 && double.IsNaN(first))
                {
                    // Between an infinite and a finite median, the crossing is at the finite one.
                    double weight = double.IsInfinity(before) ? 1 : double.IsInfinity(median) ? 0 : before / (before - median);
                    double distance = coordinates[i] - coordinateBefore;
                    first = double.IsFinite(distance)
                        ? coordinateBefore + (weight * distance)
                        : ((1 - weight) * coordinateBefore) + (weight * coordinates[i]); // the distance overflowed
                }
            }

            (before, coordinateBefore) = (median, coordinates[i]);
        }

        return (first, crossings);
    }
}
