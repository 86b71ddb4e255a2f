using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class TheoryComparisonTests
{
    [Fact]
    public void Deviations_are_counted_in_standard_errors()
    {
        // Deviations 1, −3 and 2 standard errors: mean 0, mean square 14/3.
        TheoryComparison comparison = TheoryComparison.Of([(1.1, 0.1, 1.0), (0.4, 0.2, 1.0), (double.NaN, 0.1, 1.0), (3.0, 1.0, 1.0), (3.0, 0, 1.0)])!;
        Assert.Equal(3, comparison.Count);
        Assert.Equal(0, comparison.Mean, 12);
        Assert.Equal(Math.Sqrt(14.0 / 3), comparison.RootMeanSquare, 12);
        Assert.Equal(2, comparison.WithinTwo);
        Assert.Equal(-3, comparison.Largest, 12);
        Assert.Equal(1, comparison.LargestIndex);
    }

    [Fact]
    public void Without_theory_or_error_there_is_nothing_to_compare() =>
        Assert.Null(TheoryComparison.Of([(1, 0.1, double.NaN), (1, double.NaN, 1), (double.NegativeInfinity, 0.1, 1)]));
}
