using RnnSweep.Core.Randomness;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class SampleDifferenceTests
{
    private const double Minus = double.NegativeInfinity, Plus = double.PositiveInfinity, None = double.NaN;

    [Theory]
    [InlineData(new[] { 1.0, 2, 6 }, new[] { 4.0, 8, 9 }, true, Location.Median, 2, 8, 6)]
    [InlineData(new[] { 1.0, 2, 6 }, new[] { 4.0, 8, 9 }, true, Location.Mean, 3, 7, 4)]
    [InlineData(new[] { 1.0, 2, 6, 7 }, new[] { 4.0, 8 }, false, Location.Median, 4, 6, 2)]
    [InlineData(new[] { 1.0, 2, 6, 7 }, new[] { 4.0, 8 }, false, Location.LowerMedian, 2, 4, 2)]
    [InlineData(new[] { 1.0, None, 6 }, new[] { 4.0, 8, None }, true, Location.Median, 1, 4, 3)] // one pair is known
    [InlineData(new[] { 1.0, None, 6 }, new[] { 4.0, 8, None }, false, Location.Median, 3.5, 6, 2.5)]
    [InlineData(new[] { Minus, Minus, 1 }, new[] { 4.0, 5, 6 }, true, Location.Median, Minus, 5, Plus)]
    [InlineData(new[] { Minus, Minus, 1 }, new[] { Minus, Minus, 6 }, true, Location.Median, Minus, Minus, None)]
    [InlineData(new[] { 3.0, Plus, Plus }, new[] { 4.0, 5, Plus }, true, Location.LowerMedian, Plus, 5, Minus)]
    [InlineData(new[] { 0.0, 1, 1, 0 }, new[] { 1.0, 1, 1, 0 }, true, Location.Mean, 0.5, 0.75, 0.25)]
    [InlineData(new double[0], new[] { 4.0 }, false, Location.Median, None, 4, None)]
    public void It_is_that_of_the_medians_or_means(double[] first, double[] second, bool isPaired, Location location, double ofFirst, double ofSecond, double difference)
    {
        var found = SampleDifference.Of(first, second, isPaired, location);
        Assert.Equal((ofFirst, ofSecond, difference), (found.First, found.Second, found.Difference));
        Assert.Equal((None, None, 0), (found.Low, found.High, found.Sign)); // too few for an interval
    }

    [Fact]
    public void Pairs_with_a_constant_difference_have_an_interval_of_width_0()
    {
        double[] first = Normals(20, 0, 1), second = [.. first.Select(value => value + 0.25)];
        var paired = SampleDifference.Of(first, second, isPaired: true);
        Assert.Equal(0.25, paired.Low, 12); // rounding of the sums
        Assert.Equal(0.25, paired.High, 12);
        Assert.Equal((20, 20, 1), (paired.FirstCount, paired.SecondCount, paired.Sign));
        var unpaired = SampleDifference.Of(first, second, isPaired: false);
        Assert.Equal(paired.Difference, unpaired.Difference);
        Assert.InRange(unpaired.High - unpaired.Low, 0.3, 3); // 2 · 1.96 · √(π/2) · √(2/20) is 1.55
    }

    // The median of n normals has the sd √(π/2)·σ/√n for large n, so the difference of two independent ones √2 times that; the mean σ·√(2/n).
    [Theory]
    [InlineData(Location.Median, 1.2533)]
    [InlineData(Location.Mean, 1)]
    public void The_interval_of_independent_samples_has_the_width_of_their_error(Location location, double factor)
    {
        const int count = 2000;
        var found = SampleDifference.Of(Normals(count, 0, 1), Normals(count, 1, 2), isPaired: false, location);
        double expected = 2 * 1.96 * factor * Math.Sqrt((1.0 + 4) / count);
        // Of 400 bootstrap samples the width varies by about 7 percent, and by the density at the median by 15; forgetting one of the samples changes it by half or a tenth.
        Assert.InRange((found.High - found.Low) / expected, 0.7, 1.4);
        Assert.InRange(found.Difference, found.Low, found.High);
    }

    // In repeated experiments with a true difference of 0, the interval must contain 0 in about 95 percent: in 200 experiments with a standard deviation of 1.5 percent. A percentile interval
    // of a median of 30 is known to hold with 93 to 97 percent.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_interval_contains_the_true_difference_in_95_percent_of_experiments(bool isPaired)
    {
        const int experiments = 200, count = 30;
        int contains = 0;
        for (int e = 0; e < experiments; e++)
        {
            double[] common = isPaired ? Normals(count, 10 + e, 1) : new double[count];
            double[] first = [.. Normals(count, 1000 + e, 0.5).Zip(common, (a, b) => a + b)], second = [.. Normals(count, 2000 + e, 0.5).Zip(common, (a, b) => a + b)];
            contains += SampleDifference.Of(first, second, isPaired).Sign == 0 ? 1 : 0;
        }

        Assert.InRange(contains / (double)experiments, 0.89, 1);
    }

    [Fact]
    public void Exact_zeros_leave_an_end_open()
    {
        // Half of the first sample are logarithms of 0, so the medians of many bootstrap samples are −∞, and the difference +∞.
        double[] first = [.. Enumerable.Range(0, 20).Select(i => i < 9 ? Minus : i)], second = [.. Enumerable.Range(0, 20).Select(i => (double)i)];
        var found = SampleDifference.Of(first, second, isPaired: true);
        Assert.Equal(0, found.Difference);
        Assert.True(double.IsFinite(found.Low));
        Assert.Equal(Plus, found.High);

        // Zeros in both: where both medians of a bootstrap sample are −∞, the difference is not defined, and no end is known.
        var both = SampleDifference.Of(first, first, isPaired: true);
        Assert.Equal((0, Minus, Plus, 0), (both.Difference, both.Low, both.High, both.Sign));
    }

    [Fact]
    public void The_same_numbers_give_the_same_interval_and_exchanged_pairs_the_opposite_one()
    {
        double[] first = Normals(16, 3, 1), second = Normals(16, 4, 1);
        var found = SampleDifference.Of(first, second, isPaired: true);
        Assert.Equal(found, SampleDifference.Of(first, second, isPaired: true));
        var exchanged = SampleDifference.Of(second, first, isPaired: true);
        Assert.Equal(-found.Difference, exchanged.Difference);
        Assert.Equal(-found.Low, exchanged.High, 12); // the quantiles are interpolated from the other side
        Assert.Equal(-found.High, exchanged.Low, 12);
    }

    private static double[] Normals(int count, int seed, double sigma)
    {
        var random = new Philox((ulong)seed + 1, 7);
        return [.. Enumerable.Range(0, count).Select(_ => sigma * random.NextNormal())];
    }
}
