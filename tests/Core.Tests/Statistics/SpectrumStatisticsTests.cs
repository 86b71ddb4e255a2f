using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

/// <summary>Spectra with analytically known statistics; exponents are exact in base 10 and T = 10 steps, so that λ_i = log10 σ_i · ln 10 / 10.</summary>
public sealed class SpectrumStatisticsTests
{
    private const int Steps = 10;
    private static readonly double s_nats = Math.Log(10) / Steps;

    [Fact]
    public void Two_positive_and_two_negative_exponents_have_the_closed_form()
    {
        SpectrumStatistics statistics = Of([3, 1, -2, -8], -6.5);

        Assert.Equal((-8, 11, 0.5), (statistics.Log10MinSingularValue, statistics.Log10ConditionNumber, statistics.UnstableFraction));
        Assert.Equal(4 * s_nats, statistics.EntropyRate, 1e-15);
        Assert.Equal(3 + (2.0 / 8), statistics.KaplanYorkeDimension, 1e-15); // 3 + 1 − 2 over 8
        Assert.Equal(0.5 * Math.Log(10) / (4 * Steps), statistics.SumRuleResidual, 1e-15);
    }

    // The Lorenz attractor's exponents as published, 0.906, 0, −14.572: a dimension of 2.0622 (Sprott 2003).
    [Fact]
    public void The_exponents_of_the_Lorenz_attractor_give_its_published_dimension() =>
        Assert.Equal(2.0622, Of([0.906, 0, -14.572], 0).KaplanYorkeDimension, 5e-5);

    [Theory]
    [InlineData(new double[] { 2, 1, -3 }, 3)]
    [InlineData(new double[] { 2, 1, -1 }, 3)]
    [InlineData(new double[] { -1, -2, -3 }, 0)]
    [InlineData(new double[] { 0, 0, 0 }, 3)]
    [InlineData(new[] { 2, -1, double.NegativeInfinity }, 2)]
    [InlineData(new[] { double.NegativeInfinity, double.NegativeInfinity }, 0)]
    public void The_dimension_of_limiting_spectra_is_an_integer(double[] logs, double dimension) => Assert.Equal(dimension, Of(logs, 0).KaplanYorkeDimension);

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
    public void Missing_exponents_below_a_negative_one_do_not_count()
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
    public void Missing_exponents_that_may_be_positive_make_statistics_unknown(double[] logs)
    {
        SpectrumStatistics statistics = Of(logs, 0);

        Assert.Equal((double.NaN, double.NaN, double.NaN), (statistics.UnstableFraction, statistics.EntropyRate, statistics.KaplanYorkeDimension));
    }

    [Fact]
    public void The_smallest_singular_value_is_known_if_it_is_zero() =>
        Assert.Equal(double.NegativeInfinity, Of([3, double.NegativeInfinity, double.NaN], 0).Log10MinSingularValue);

    private static SpectrumStatistics Of(double[] logs, double log10Determinant, double error = 1e-15) => SpectrumStatistics.Of(
        new SingularSpectrum([.. logs], logs.Where(log => !double.IsNaN(log)).Sum(), [.. new double[logs.Length]], [.. logs.Select(_ => error)]),
        Steps,
        log10Determinant);
}
