namespace RnnSweep.Benchmarks.Measurement;

/// <summary>How long one contender took in each round.</summary>
/// <param name="Seconds">Of one run, a value a round.</param>
internal sealed record Timing(double[] Seconds)
{
    /// <summary>The quickest round: what is left when nobody else wants the machine.</summary>
    public double Minimum => Seconds.Min();

    public double Median => MedianOf(Seconds);

    /// <summary>How many times as long as another: the ratio of the minima.</summary>
    public double Over(Timing other) => Minimum / other.Minimum;

    /// <summary>The same as the median over the rounds, in each of which both ran one after the other.</summary>
    public double MedianOver(Timing other) => MedianOf([.. Seconds.Zip(other.Seconds, (mine, theirs) => mine / theirs)]);

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
