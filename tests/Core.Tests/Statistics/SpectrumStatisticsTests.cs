using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

/// <summary>Spectra whose statistics are known on paper; exponents are exact in base 10 and T = 10 steps, so that λ_i = log10 σ_i · ln 10 / 10.</summary>
public sealed class SpectrumStatisticsTests
{
    private const int Steps = 10;
    private static readonly double s_nats = Math.Log(10) / Steps;

    [Fact]
    public void Two_rise_and_two_fall()
    {
        SpectrumStatistics statistics = Of([3, 1, -2, -8], -6.5);

        Assert.Equal((-8, 11, 0.5), (statistics.Log10MinSingularValue, statistics.Log10ConditionNumber, statistics.UnstableFraction));
        Assert.Equal(4 * s_nats, statistics.EntropyRate, 1e-15);
        Assert.Equal(3 + (2.0 / 8), statistics.KaplanYorkeDimension, 1e-15); // 3 + 1 − 2 over 8
        Assert.Equal(0.5 * Math.Log(10) / (4 * Steps), statistics.SumRuleResidual, 1e-15);
    }

    // The Lorenz attractor's exponents as published, 0.906, 0, −14.572: a dimension of 2.0622 (Sprott 2003).
    [Fact]
    public void The_dimension_of_the_Lorenz_attractor() =>
        Assert.Equal(2.0622, Of([0.906, 0, -14.572], 0).KaplanYorkeDimension, 5e-5);

    [Theory]
    [InlineData(new double[] { 2, 1, -3 }, 3)]
    [InlineData(new double[] { 2, 1, -1 }, 3)]
    [InlineData(new double[] { -1, -2, -3 }, 0)]
    [InlineData(new double[] { 0, 0, 0 }, 3)]
    [InlineData(new[] { 2, -1, double.NegativeInfinity }, 2)]
    [InlineData(new[] { double.NegativeInfinity, double.NegativeInfinity }, 0)]
    public void The_dimension_at_its_ends(double[] logs, double dimension) => Assert.Equal(dimension, Of(logs, 0).KaplanYorkeDimension);

    [Fact]
    public void Exponents_within_their_errors_of_zero_are_zero()
    {
        SpectrumStatistics statistics = Of([1e-13, 1e-14, -1e-13, -2e-13], 0, error: 1e-12);

        Assert.Equal((0, 0, 4), (statistics.UnstableFraction, statistics.EntropyRate, statistics.KaplanYorkeDimension));
    }

    [Fact]
    public void An_exact_zero_makes_the_condition_number_infinite()
    {
        SpectrumStatistics statistics = Of([2, -1, double.NegativeInfinity], double.NegativeInfinity);

        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (statistics.Log10MinSingularValue, statistics.Log10ConditionNumber));
        Assert.Equal(1.0 / 3, statistics.UnstableFraction);
        Assert.True(double.IsNaN(statistics.SumRuleResidual));
    }

    [Fact]
    public void What_is_missing_does_not_count_below_an_exponent_that_falls()
    {
        SpectrumStatistics statistics = Of([3, -2, double.NaN, double.NaN], -30);

        Assert.Equal(0.25, statistics.UnstableFraction);
        Assert.Equal(3 * s_nats, statistics.EntropyRate, 1e-15);
        Assert.Equal((double.NaN, double.NaN), (statistics.Log10MinSingularValue, statistics.Log10ConditionNumber));
        Assert.Equal(double.NaN, statistics.KaplanYorkeDimension); // 3 − 2 is still above 0
        Assert.Equal(1.5, Of([1, -2, double.NaN], 0).KaplanYorkeDimension);
    }

    [Theory]
    [InlineData(new[] { 3, 1, double.NaN })]
    [InlineData(new[] { double.NaN, double.NaN })]
    [InlineData(new[] { 3, double.NegativeInfinity, double.NaN })]
    public void What_is_missing_might_count_below_an_exponent_that_rises(double[] logs)
    {
        SpectrumStatistics statistics = Of(logs, 0);

        Assert.Equal((double.NaN, double.NaN, double.NaN), (statistics.UnstableFraction, statistics.EntropyRate, statistics.KaplanYorkeDimension));
    }

    [Fact]
    public void The_smallest_is_known_where_it_is_zero() =>
        Assert.Equal(double.NegativeInfinity, Of([3, double.NegativeInfinity, double.NaN], 0).Log10MinSingularValue);

    private static SpectrumStatistics Of(double[] logs, double log10Determinant, double error = 1e-15) => SpectrumStatistics.Of(
        new SingularSpectrum([.. logs], logs.Where(log => !double.IsNaN(log)).Sum(), [.. new double[logs.Length]], [.. logs.Select(_ => error)]),
        Steps,
        log10Determinant);
}
