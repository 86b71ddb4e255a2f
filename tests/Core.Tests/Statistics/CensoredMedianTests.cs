using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class CensoredMedianTests
{
    // The first time at which the estimated survival, 1 − k/n, is ½ or less.
    [Theory]
    [InlineData(new[] { 7 }, 0, 7.0, 0.0)]
    [InlineData(new[] { 9, 2, 4 }, 0, 4.0, 0.0)]
    [InlineData(new[] { 9, 2, 4, 6 }, 0, 4.0, 0.0)]
    [InlineData(new[] { 9, 2 }, 1, 9.0, 1 / 3.0)]
    [InlineData(new[] { 9, 2 }, 2, 9.0, 0.5)]
    [InlineData(new[] { 9, 2 }, 3, double.NaN, 0.6)]
    [InlineData(new int[0], 4, double.NaN, 1.0)]
    [InlineData(new int[0], 0, double.NaN, double.NaN)]
    public void It_is_the_time_by_which_half_of_the_sample_has_the_event(int[] times, int censored, double median, double fraction) =>
        Assert.Equal(
            new CensoredMedian(median, fraction),
            CensoredMedian.Of([.. times.Select(time => (int?)time), .. Enumerable.Repeat((int?)null, censored)]));
}
