using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;
using MeanFieldTheory = RnnSweep.Core.Experiments.Theory;
using TheoryAttribute = Xunit.TheoryAttribute;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class TheoryTests
{
    [Fact]
    public void Entropy_rate_and_dimension_of_a_cell_are_sums_over_its_units()
    {
        var spec = new CellSpec { HiddenSize = 200, SpectralRadius = 3 };
        CellTheory theory = new MeanFieldTheory().Of(spec);

        // Published per unit, to half of the last digit.
        Assert.Equal(0.3102493151, theory.LyapunovMax, 5.001e-11);
        Assert.Equal(0.152893, theory.UnstableFraction, 5.001e-7);
        Assert.Equal(200 * 0.0251964, theory.EntropyRate, 200 * 5.001e-8);
        Assert.Equal(200 * 0.287721, theory.KaplanYorkeDimension, 200 * 5.001e-7);
    }

    [Fact]
    public void A_network_that_dies_out_has_no_unstable_direction() =>
        Assert.Equal(new CellTheory(Math.Log(0.5), 0, 0, 0), new MeanFieldTheory().Of(new CellSpec { SpectralRadius = 0.5 }) with { LyapunovMax = Math.Log(0.5) });

    // Linear networks of any gain have a spectrum, even if their state grows without bound.
    [Fact]
    public void A_linear_network_that_explodes_has_the_circular_law() =>
        Assert.Equal(0.75, new MeanFieldTheory().Of(new CellSpec { Activation = ActivationKind.Linear, SpectralRadius = 2 }).UnstableFraction, 1e-12);

    // χ = ρ² E[φ'²] = ρ²/2 for any variance, because half of all states are positive; at ρ = 1.5 that is 0.05889151782819 nats per step.
    [Theory]
    [InlineData(1.2, 0)]
    [InlineData(1.4142135623730951, 0)]
    [InlineData(1.5, 0)]
    [InlineData(1.5, 1)]
    [InlineData(40, 0.5)]
    [InlineData(1e90, 0)]
    public void A_rectified_network_without_bias_has_half_its_squared_gain_also_where_it_explodes(double radius, double inputScale)
    {
        var spec = new CellSpec { HiddenSize = 100, Activation = ActivationKind.Relu, SpectralRadius = radius, InputScale = inputScale };

        CellTheory theory = new MeanFieldTheory().Of(spec);

        Assert.Equal(Math.Log(radius) - (0.5 * Math.Log(2)), theory.LyapunovMax, 1e-12 * Math.Max(1, Math.Log(radius)));
        Assert.Equal(theory.LyapunovMax, new MeanFieldTheory().LyapunovMax(spec));
        Assert.Equal(0.05889151782819, new MeanFieldTheory().LyapunovMax(spec with { SpectralRadius = 1.5 }), 1e-13);

        // E[ρ² φ'² / (e^2λ + ρ² y φ'²)] = ½ ρ² / (e^2λ + ρ² y) = 1, so λ = 0 at y = ½ − 1/ρ².
        Assert.Equal(Math.Max(0, 0.5 - (1 / (radius * radius))), theory.UnstableFraction, 1e-9);
    }

    public static TheoryData<CellSpec> Unknown() =>
    [
        new CellSpec { State = StateForm.PostActivation },
        new CellSpec { Weights = WeightEnsemble.Orthogonal },
        new CellSpec { Jacobian = JacobianForm.AsPrinted },
        new CellSpec { InputScale = 1, InputDigest = "x" },
        new CellSpec { Activation = ActivationKind.Relu, SpectralRadius = 2, Bias = 1 },
        new CellSpec { Activation = ActivationKind.Softplus, SpectralRadius = 2 },
    ];

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Where_no_theory_is_known_there_is_no_number(CellSpec spec)
    {
        var theory = new MeanFieldTheory();

        Assert.Equal(CellTheory.Unknown, theory.Of(spec));
        Assert.Null(theory.Spectrum(spec));
        Assert.Equal(double.NaN, theory.LyapunovMax(spec));
    }

    [Fact]
    public void An_answer_does_not_depend_on_what_was_asked_before()
    {
        var shared = new MeanFieldTheory();
        foreach (double radius in new[] { 3, 1.001, 0.9, 1.7, 3 })
        {
            var spec = new CellSpec { SpectralRadius = radius };
            Assert.Equal(new MeanFieldTheory().Of(spec), shared.Of(spec));
        }
    }
}
