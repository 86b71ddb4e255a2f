using RnnSweep.Core.Randomness;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class ActivityMomentsTests
{
    private static ActivityMoments Of(IEnumerable<double[]> series)
    {
        double[][] all = [.. series];
        var moments = new ActivityMoments(all[0].Length);
        Array.ForEach(all, state => moments.Add(state));
        return moments;
    }

    // Independent components x_t = a x_{t−1} + z_t, started from their stationary distribution.
    private static IEnumerable<double[]> Autoregressive(double a, int size, int steps, ulong seed = 1)
    {
        var stream = new Philox(seed, 77);
        var state = new double[size];
        stream.FillNormal(state);
        state = [.. state.Select(z => z / Math.Sqrt(1 - (a * a)))];
        var noise = new double[size];
        for (int t = 0; t < steps; t++)
        {
            stream.FillNormal(noise);
            state = [.. state.Zip(noise, (x, z) => (a * x) + z)];
            yield return state;
        }
    }

    // τ = (1 + a)/(1 − a) and the variance 1/(1 − a²). The window of length 2b ≤ 16 max(τ, 2) has the relative variance 16/3 · b/(N T), and a variance of T
    // states one of 2 τ₂/(N T) with τ₂ = (1 + a²)/(1 − a²): five standard errors, and for τ e^{−8} of the autocorrelation beyond the window.
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(-0.5)]
    public void A_first_order_autoregression_has_its_variance_and_autocorrelation_time(double a)
    {
        const int Size = 20, Steps = 1 << 16;
        double time = (1 + a) / (1 - a), b = 8 * Math.Max(time, 2), second = (1 + (a * a)) / (1 - (a * a)), samples = (double)Size * Steps;
        ActivityMoments moments = Of(Autoregressive(a, Size, Steps));

        PlainMatrix.AssertRelative(1 / (1 - (a * a)), moments.Variance, 5 * Math.Sqrt(2 * second / samples));
        Assert.Equal(time, moments.AutocorrelationTime, Math.Max(time, 1) * ((5 * Math.Sqrt(16.0 / 3 * b / samples)) + Math.Exp(-8)));
    }

    // The averages over many series of the estimates of (tr C)² and tr C², of few vectors, within five of their own standard errors. The usual estimate of
    // tr C² from 24 vectors exceeds it by (tr C)²/23, here by half of it.
    [Theory]
    [InlineData(24)]
    [InlineData(300)]
    public void The_moments_of_the_participation_ratio_have_no_bias(int vectors)
    {
        const int Size = 30, Count = 2000;
        double[] scales = [.. Enumerable.Range(1, Size).Select(i => 1 / Math.Sqrt(i))];
        double trace = scales.Sum(s => s * s), traceOfSquare = scales.Sum(s => Math.Pow(s, 4));
        var squares = new double[Count];
        var products = new double[Count];
        for (int series = 0; series < Count; series++)
        {
            var ratio = new ParticipationRatio(Size);
            foreach (double[] z in Autoregressive(0, Size, vectors, (ulong)series))
            {
                ratio.Add([.. z.Zip(scales, (value, scale) => (value * scale) + 5)]); // 5: a mean that must not count
            }

            (squares[series], products[series]) = ratio.Moments();
        }

        AssertMean(trace * trace, squares);
        AssertMean(traceOfSquare, products);

        static void AssertMean(double expected, double[] values)
        {
            double mean = values.Average(), sem = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / values.Length);
            Assert.InRange(sem, 0, 0.02 * expected); // otherwise the test would see nothing
            Assert.Equal(expected, mean, 5 * sem);
        }
    }

    [Fact]
    public void The_variance_is_that_of_two_passes_and_independent_of_a_large_mean()
    {
        double[][] series = [.. Autoregressive(0.3, 7, 500)];
        double expected = Enumerable.Range(0, 7).Average(i =>
        {
            double mean = series.Average(x => x[i]);
            return series.Sum(x => Math.Pow(x[i] - mean, 2)) / (series.Length - 1);
        });

        PlainMatrix.AssertRelative(expected, Of(series).Variance, 1e-13); // T ε
        PlainMatrix.AssertRelative(expected, Of(series.Select(x => x.Select(v => v + 1e6).ToArray())).Variance, 1e-8); // 1e6 is rounded to 1e-10
    }

    [Theory]
    [InlineData(-1000)]
    [InlineData(-600)]
    [InlineData(900)]
    public void States_of_any_size_have_the_same_times_and_ratios(int exponent)
    {
        double[][] series = [.. Autoregressive(0.5, 6, 1000)];
        ActivityMoments plain = Of(series), scaled = Of(series.Select(x => x.Select(v => Math.ScaleB(v, exponent)).ToArray()));

        Assert.True(plain.AutocorrelationTime > 1 && plain.ParticipationRatio > 1);
        Assert.Equal((plain.AutocorrelationTime, plain.ParticipationRatio), (scaled.AutocorrelationTime, scaled.ParticipationRatio));
        Assert.Equal(exponent > 0 ? double.NaN : 0, scaled.Variance); // beyond the range of a double
        Assert.Equal(Math.ScaleB(plain.Variance, -400), Of(series.Select(x => x.Select(v => Math.ScaleB(v, -200)).ToArray())).Variance);
    }

    [Fact]
    public void One_unit_has_one_direction() => Assert.Equal(1, Of(Autoregressive(0.5, 1, 300)).ParticipationRatio, 1e-14);

    [Fact]
    public void A_constant_state_has_no_time_and_no_direction_even_where_it_rounds()
    {
        ActivityMoments constant = Of(Enumerable.Repeat(new[] { 1.0, 2 }, 100)), rounded = Of(Enumerable.Range(0, 100).Select(t => new[] { t % 3 == 0 ? Math.BitIncrement(1.0) : 1, 2 }));

        Assert.Equal((0, double.NaN, double.NaN), (constant.Variance, constant.AutocorrelationTime, constant.ParticipationRatio));
        Assert.Equal((double.NaN, double.NaN), (rounded.AutocorrelationTime, rounded.ParticipationRatio));
        Assert.InRange(rounded.Variance, 1e-34, 1e-31); // (2.2e-16)², times 2/9, over two units
        Assert.Equal(0, Of(Enumerable.Repeat(new double[2], 20)).Variance);
    }

    [Fact]
    public void A_series_that_is_too_short_has_empty_numbers()
    {
        ActivityMoments one = Of(Autoregressive(0, 3, 1)), fifteen = Of(Autoregressive(0, 3, 15)), sixteen = Of(Autoregressive(0, 3, 16)), slow = Of(Autoregressive(0.99, 3, 1000));

        Assert.Equal((double.NaN, double.NaN, double.NaN), (one.Variance, one.AutocorrelationTime, one.ParticipationRatio));
        Assert.True(double.IsNaN(fifteen.ParticipationRatio) && fifteen.Variance > 0);
        Assert.False(double.IsNaN(sixteen.ParticipationRatio));
        Assert.True(double.IsNaN(slow.AutocorrelationTime) && slow.ParticipationRatio > 0); // τ is 199
    }
}
