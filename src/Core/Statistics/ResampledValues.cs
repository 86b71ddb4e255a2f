using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Statistics;

/// <summary>The known values of a sample, ascending, with their replicates. They are sorted once for all bootstrap samples.</summary>
internal sealed record ResampledValues(double[] Values, int[] Replicates)
{
    /// <summary>The values by replicate, NaN where one is not known.</summary>
    public static ResampledValues Of(IReadOnlyList<double> values)
    {
        int[] replicates = [.. Enumerable.Range(0, values.Count).Where(r => !double.IsNaN(values[r]))];
        double[] known = [.. replicates.Select(r => values[r])];
        Array.Sort(known, replicates);
        return new ResampledValues(known, replicates);
    }

    /// <summary>Draws as many replicates as there are, with replacement.</summary>
    /// <param name="random">The generator, a value that advances.</param>
    /// <param name="drawn">Receives how often each replicate was drawn.</param>
    public static void Draw(ref Philox random, int[] drawn)
    {
        Array.Clear(drawn);
        for (int r = 0; r < drawn.Length; r++)
        {
            drawn[(int)(random.NextUniform() * drawn.Length)]++;
        }
    }

    /// <summary>The median, in which each replicate counts as often as it was drawn; NaN where no known one was drawn.</summary>
    public double Median(int[] drawn) => Quantile(drawn, isLower: false);

    /// <summary>The smaller of the two middle values, or the middle one; otherwise as <see cref="Median"/>.</summary>
    public double LowerMedian(int[] drawn) => Quantile(drawn, isLower: true);

    /// <summary>The mean, in which each replicate counts as often as it was drawn; NaN where no known one was drawn.</summary>
    public double Mean(int[] drawn)
    {
        // Relative to the middle value, equal values have exactly their mean.
        double origin = Values.Length > 0 && double.IsFinite(Values[Values.Length / 2]) ? Values[Values.Length / 2] : 0, sum = 0;
        int count = 0;
        for (int i = 0; i < Values.Length; i++)
        {
            int times = drawn[Replicates[i]];
            count += times;
            sum += times == 0 ? 0 : times * (Values[i] - origin); // 0 · ∞ is NaN
        }

        return origin + (sum / count);
    }

    private double Quantile(int[] drawn, bool isLower)
    {
        int count = 0;
        foreach (int r in Replicates)
        {
            count += drawn[r];
        }

        if (count == 0)
        {
            return double.NaN;
        }

        int at = 0, upTo = drawn[Replicates[0]];
        double below = At((count - 1) / 2), above = isLower ? below : At(count / 2);
        return SampleStatistics.Quantile([below, above], 0.5);

        // The sample's value at a position. Positions must ascend from call to call.
        double At(int place)
        {
            while (upTo <= place)
            {
                upTo += drawn[Replicates[++at]];
            }

            return Values[at];
        }
    }
}
