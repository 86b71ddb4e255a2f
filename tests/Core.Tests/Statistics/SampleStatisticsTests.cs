using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class SampleStatisticsTests
{
    private const double Missing = double.NaN;
    private const double LogOfZero = double.NegativeInfinity;

    [Fact]
    public void The_numbers_from_one_to_n_have_the_closed_form()
    {
        for (int n = 2; n <= 500; n += 7)
        {
            SampleStatistics statistics = SampleStatistics.Of([.. Enumerable.Range(1, n).Select(i => (double)i)]);

            // Variance of 1 … n with n − 1: n (n + 1) / 12. The quantile q of 1 … n is 1 + (n − 1) q.
            double sd = Math.Sqrt(n * (n + 1) / 12.0);
            Assert.Equal(n, statistics.Count);
            Assert.Equal((n + 1) / 2.0, statistics.Mean, 1e-12 * n);
            Assert.Equal(sd, statistics.Sd, 1e-12 * n);
            Assert.Equal(sd / Math.Sqrt(n), statistics.Sem, 1e-12 * n);
            Assert.Equal(1, statistics.Min);
            Assert.Equal(1 + (0.05 * (n - 1)), statistics.Q05, 1e-12 * n);
            Assert.Equal(1 + (0.25 * (n - 1)), statistics.Q25, 1e-12 * n);
            Assert.Equal((n + 1) / 2.0, statistics.Median, 1e-12 * n);
            Assert.Equal(1 + (0.75 * (n - 1)), statistics.Q75, 1e-12 * n);
            Assert.Equal(1 + (0.95 * (n - 1)), statistics.Q95, 1e-12 * n);
            Assert.Equal(n, statistics.Max);
        }
    }

    [Fact]
    public void Quantiles_follow_numpys_linear_rule() =>
        Prop.ForAll(Sample().ToArbitrary(), sample =>
        {
            SampleStatistics statistics = SampleStatistics.Of(sample);
            double[] actual = [statistics.Q05, statistics.Q25, statistics.Median, statistics.Q75, statistics.Q95];
            double[] expected = [Rule(5), Rule(25), Rule(50), Rule(75), Rule(95)];
            return actual.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-9 * (1 + Math.Abs(pair.Second)))
                && statistics.Min <= statistics.Q05 && statistics.Q95 <= statistics.Max;

            // In integer per cent, so that it shares no rounding with the code: sorted[i] + (sorted[i + 1] − sorted[i]) · remainder.
            double Rule(int percent)
            {
                double[] sorted = [.. sample.Order()];
                (int index, int remainder) = Math.DivRem((sorted.Length - 1) * percent, 100);
                return remainder == 0 ? sorted[index] : sorted[index] + ((sorted[index + 1] - sorted[index]) * remainder / 100);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mean_and_spread_follow_their_definitions() =>
        Prop.ForAll(Sample().ToArbitrary(), sample =>
        {
            SampleStatistics statistics = SampleStatistics.Of(sample);
            decimal[] exact = [.. sample.Select(x => (decimal)x)];
            decimal mean = exact.Sum() / exact.Length;
            if (!Near(statistics.Mean, (double)mean) || statistics.Mean < statistics.Min || statistics.Mean > statistics.Max)
            {
                return false;
            }

            if (exact.Length == 1)
            {
                return double.IsNaN(statistics.Sd) && double.IsNaN(statistics.Sem);
            }

            double sd = Math.Sqrt((double)(exact.Sum(x => (x - mean) * (x - mean)) / (exact.Length - 1)));
            return Near(statistics.Sd, sd) && Near(statistics.Sem, sd / Math.Sqrt(exact.Length));

            static bool Near(double actual, double expected) => Math.Abs(actual - expected) <= 1e-11 * (1 + Math.Abs(expected));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_small_spread_survives_a_large_mean()
    {
        // −1, 0, 1 around 10¹²: the textbook Σx² − n·mean² has no digit left here.
        SampleStatistics statistics = SampleStatistics.Of([1e12 - 1, 1e12, 1e12 + 1]);
        Assert.Equal(1e12, statistics.Mean);
        Assert.Equal(1, statistics.Sd);
    }

    [Fact]
    public void A_constant_sample_has_exactly_its_value_and_no_spread()
    {
        foreach (double value in new[] { 0.1, -1e-300, 12345.678 })
        {
            SampleStatistics statistics = SampleStatistics.Of([.. Enumerable.Repeat(value, 7)]);
            Assert.Equal((value, 0, 0), (statistics.Mean, statistics.Sd, statistics.Sem));
        }
    }

    [Fact]
    public void Missing_values_are_ignored() =>
        Assert.Equal(SampleStatistics.Of([1, 2, 4]), SampleStatistics.Of([Missing, 1, Missing, 2, 4, Missing]));

    [Fact]
    public void The_statistics_of_no_values_are_unknown()
    {
        SampleStatistics statistics = SampleStatistics.Of([Missing, Missing]);
        Assert.Equal(0, statistics.Count);
        Assert.All(
            [statistics.Mean, statistics.Sd, statistics.Sem, statistics.Min, statistics.Q05, statistics.Median, statistics.Max],
            value => Assert.Equal(Missing, value));
    }

    [Fact]
    public void The_logarithm_of_zero_is_a_value()
    {
        SampleStatistics statistics = SampleStatistics.Of([3, LogOfZero, 1, 2, 4]);
        Assert.Equal(5, statistics.Count);
        Assert.Equal(LogOfZero, statistics.Mean);
        Assert.Equal(Missing, statistics.Sd);
        Assert.Equal(Missing, statistics.Sem);
        Assert.Equal(LogOfZero, statistics.Min);
        Assert.Equal(LogOfZero, statistics.Q05);
        Assert.Equal(1, statistics.Q25);
        Assert.Equal(2, statistics.Median);
        Assert.Equal(3, statistics.Q75);
        Assert.Equal(4, statistics.Max);

        SampleStatistics all = SampleStatistics.Of([LogOfZero, LogOfZero]);
        Assert.Equal((LogOfZero, LogOfZero, LogOfZero), (all.Mean, all.Median, all.Max));
        Assert.Equal(LogOfZero, SampleStatistics.Of([1, LogOfZero]).Median);
    }

    [Fact]
    public void A_quantile_that_hits_a_value_is_that_value_for_every_size()
    {
        // All values below the quantile are −∞, so any weight on them by rounding would show.
        for (int n = 21; n < 20_000; n += 20)
        {
            foreach ((int percent, double fraction) in new[] { (5, 0.05), (25, 0.25), (50, 0.5), (75, 0.75), (95, 0.95) })
            {
                int hit = (n - 1) * percent / 100;
                double[] sorted = [.. Enumerable.Range(0, n).Select(i => i < hit ? LogOfZero : i)];
                Assert.Equal(hit, SampleStatistics.Quantile(sorted, fraction));
            }
        }
    }

    private static Gen<double[]> Sample() =>
        from size in Gen.Choose(1, 60)
        from values in Gen.ArrayOf(Gen.Choose(-1_000_000, 1_000_000).Select(i => i / 1024.0), size)
        select values;
}
