namespace RnnSweep.Benchmarks.Measurement;

/// <summary>The times of one contender in all rounds.</summary>
/// <param name="Seconds">Seconds of one run, a value per round.</param>
internal sealed record Timing(double[] Seconds)
{
    /// <summary>The fastest round, which other load on the machine affects least.</summary>
    public double Minimum => Seconds.Min();

    public double Median => MedianOf(Seconds);

    /// <summary>The ratio of this minimum to another's.</summary>
    public double Over(Timing other) => Minimum / other.Minimum;

    /// <summary>The median over the rounds of the ratio, for which both ran one after the other.</summary>
    public double MedianOver(Timing other) => MedianOf([.. Seconds.Zip(other.Seconds, (mine, theirs) => mine / theirs)]);

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
