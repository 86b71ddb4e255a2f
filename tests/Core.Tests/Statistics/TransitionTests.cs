using RnnSweep.Core.Experiments;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class TransitionTests
{
    private const double Minus = double.NegativeInfinity, None = double.NaN;

    [Theory]
    [InlineData(new[] { -1.0, 1, 2 }, 1.5, 1)]
    [InlineData(new[] { -3.0, 1, 2 }, 1.75, 1)]
    [InlineData(new[] { -1.0, 0, 2 }, 2, 1)]
    [InlineData(new[] { 1.0, -1, 1 }, 2.5, 2)]
    [InlineData(new[] { -1.0, 1, -1 }, 1.5, 2)]
    [InlineData(new[] { -1.0, None, 1 }, 2, 1)]
    [InlineData(new[] { Minus, 1, 2 }, 2, 1)]
    public void It_lies_where_a_straight_line_crosses_zero(double[] medians, double coordinate, int crossings)
    {
        Transition transition = Transition.Of([1, 2, 3], [.. medians.Select(median => new[] { median })])!;
        Assert.Equal(coordinate, transition.Coordinate, 12);
        Assert.Equal(crossings, transition.Crossings);
        Assert.Equal(double.NaN, transition.Low); // one replicate gives no error
    }

    [Theory]
    [InlineData(new[] { -1.0, -2, -3 })]
    [InlineData(new[] { 1.0, 0, 3 })]
    [InlineData(new[] { 1.0, -1, -3 })]
    [InlineData(new[] { None, 1.0, None })]
    [InlineData(new double[0])]
    public void There_is_no_transition_without_a_crossing_from_negative_to_positive(double[] medians) =>
        Assert.Null(Transition.Of([.. medians.Select((_, i) => (double)i)], [.. medians.Select(median => new[] { median })]));

    // Replicate r crosses at c_r, always with slope 1, so the median crosses at the median of the c_r, and a bootstrap over whole replicates
    // has the spread of a resample's median: for normal c_r its sd is √(π/2)·σ/√n for large n (the error of the median).
    [Fact]
    public void Its_interval_is_that_of_the_median_of_paired_replicates()
    {
        const int count = 400;
        const double sigma = 0.1;
        var random = new Philox(1, 0);
        double[] crossings = [.. Enumerable.Range(0, count).Select(_ => 1 + (sigma * random.NextNormal()))];
        double[] coordinates = [.. Enumerable.Range(0, 21).Select(i => i / 10.0)];
        Transition transition = Transition.Of(coordinates, [.. coordinates.Select(x => crossings.Select(c => x - c).ToArray())])!;

        double median = SampleStatistics.Of(crossings).Median;
        Assert.Equal(median, transition.Coordinate, 12);
        Assert.InRange(median, transition.Low, transition.High);

        // The width for a skewed sample's bootstrap varies by about 20 percent; half or twice the formula would be an error.
        double expected = 2 * 1.96 * Math.Sqrt(Math.PI / 2) * sigma / Math.Sqrt(count);
        Assert.InRange((transition.High - transition.Low) / expected, 0.6, 1.5);
    }

    [Fact]
    public void Replicates_with_the_same_crossing_have_an_interval_of_width_0()
    {
        // All replicates have the same crossing but different slopes: a bootstrap over points would scatter, one over replicates does not.
        double[] slopes = [1, 2, 3, 5, 8];
        Transition transition = Transition.Of([0.0, 1, 2], [.. new[] { -0.5, 0.5, 1.5 }.Select(x => slopes.Select(slope => slope * x).ToArray())])!;
        Assert.Equal((0.5, 0.5, 0.5), (transition.Low, transition.Coordinate, transition.High));
    }

    [Fact]
    public void The_same_numbers_give_the_same_interval()
    {
        double[][] points = [[-1, -2, -3.5], [1, 0.3, 2.2]];
        Assert.Equal(Transition.Of([1, 2], points), Transition.Of([1, 2], points));
        Assert.Throws<ArgumentException>(() => Transition.Of([1, 2, 3], points));
    }
}
