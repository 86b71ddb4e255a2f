using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>The growth rate of a product, from invented logarithms of norms.</summary>
public sealed class ProductGrowthTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(777)]
    [InlineData(100_000)]
    public void A_line_has_its_slope_and_no_error(int steps)
    {
        GrowthRate rate = Rate(steps, t => 5 - (0.3 * t));

        // Each logarithm is rounded to 3e4 ε = 4e-12 at most, over a batch of at least T/64 steps.
        Assert.Equal(-0.3, rate.Slope, 1e-13);
        Assert.InRange(rate.WithinSem, 0, 1e-13);
        Assert.True(rate.Converged);
    }

    // ln ‖P_t‖ = λ t + c (1 − e^−t/8): the error of ln ‖P_T‖ / T is c/T, that of the slope vanishes with the exponential.
    [Fact]
    public void Growth_at_the_start_does_not_count()
    {
        GrowthRate rate = Rate(1000, t => (0.1 * t) + (7 * (1 - Math.Exp(-t / 8.0))));

        Assert.Equal(0.1, rate.Slope, 1e-12);
        Assert.True(rate.Converged);
        Assert.False(Rate(32, t => (0.1 * t) + (7 * (1 - Math.Exp(-t / 8.0)))).Converged);
    }

    [Fact]
    public void Growth_that_goes_on_changing_has_not_converged() => Assert.False(Rate(500, t => 1e-3 * t * t).Converged);

    // Independent increments of standard deviation 1: the mean rate over n steps has the error 1/√n, which batch means estimate to about a fifth.
    [Fact]
    public void The_standard_error_of_a_random_walk_is_found()
    {
        const int Steps = 2048, Walks = 100;
        double squares = 0, converged = 0, slopes = 0;
        for (ulong walk = 0; walk < Walks; walk++)
        {
            var stream = new Philox(3, walk);
            double sum = 0;
            GrowthRate rate = Rate(Steps, _ => sum += stream.NextNormal());
            squares += rate.WithinSem * rate.WithinSem / Walks;
            slopes += rate.Slope * rate.Slope / Walks;
            converged += rate.Converged == true ? 1 : 0;
        }

        // χ² of 100 · 15 degrees of freedom has a relative standard deviation of 3.7 %, five times that is 19 %.
        Assert.InRange(squares * Steps / 2, 0.81, 1.19);

        // A line through a random walk has 6/5 of the variance of its ends, each time χ² of one degree: 14 % of 1.2, five times.
        Assert.InRange(slopes * Steps / 2, 0.35, 2.05);
        Assert.InRange(converged, 90, 100); // Student's t of 14 degrees of freedom is beyond 3 once in 105 times
    }

    [Fact]
    public void There_are_32_to_64_intervals_in_the_second_half_or_all_its_steps()
    {
        for (int steps = 1; steps < 20_000; steps += 1 + (steps / 50))
        {
            int intervals = Enumerable.Range((steps + 1) / 2, steps + 1 - ((steps + 1) / 2)).Count(t => t > 0 && ProductGrowth.Samples(t)) - 1;
            Assert.InRange(intervals, steps < 128 ? (steps / 2) - 1 : 31, 64);
        }
    }

    [Fact]
    public void The_rate_of_too_few_steps_or_of_a_zero_product_is_unknown()
    {
        Assert.Equal(GrowthRate.Unknown, Rate(7, t => t));
        Assert.NotEqual(GrowthRate.Unknown, Rate(8, t => t));
        Assert.Equal(GrowthRate.Unknown, Rate(100, t => t < 90 ? t : double.NegativeInfinity));
    }

    [Fact]
    public void Later_steps_do_not_change_an_earlier_rate()
    {
        var growth = new ProductGrowth();
        for (int t = 1; t <= 300; t++)
        {
            if (ProductGrowth.Samples(t))
            {
                growth.Note(t, Math.Sin(t));
            }
        }

        Assert.Equal(Rate(200, t => Math.Sin(t)), growth.UpTo(200).Rate(200));
        Assert.Equal(Rate(300, t => Math.Sin(t)), growth.Rate(300));
    }

    private static GrowthRate Rate(int steps, Func<int, double> logNorm)
    {
        var growth = new ProductGrowth();
        for (int t = 1; t <= steps; t++)
        {
            double value = logNorm(t);
            if (ProductGrowth.Samples(t))
            {
                growth.Note(t, value);
            }
        }

        return growth.Rate(steps);
    }
}
