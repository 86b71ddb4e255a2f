using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;
using MeanFieldTheory = RnnSweep.Core.Statistics.Theory;
using TheoryAttribute = Xunit.TheoryAttribute;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class TheoryTests
{
    [Fact]
    public void A_cell_has_the_sums_of_its_units()
    {
        var spec = new CellSpec { HiddenSize = 200, SpectralRadius = 3 };
        CellTheory theory = new MeanFieldTheory().Of(spec);

        // Published for a unit, to half of the last digit.
        Assert.Equal(0.3102493151, theory.LyapunovMax, 5.001e-11);
        Assert.Equal(0.152893, theory.UnstableFraction, 5.001e-7);
        Assert.Equal(200 * 0.0251964, theory.EntropyRate, 200 * 5.001e-8);
        Assert.Equal(200 * 0.287721, theory.KaplanYorkeDimension, 200 * 5.001e-7);
    }

    [Fact]
    public void A_network_that_dies_out_has_no_unstable_direction() =>
        Assert.Equal(new CellTheory(Math.Log(0.5), 0, 0, 0), new MeanFieldTheory().Of(new CellSpec { SpectralRadius = 0.5 }) with { LyapunovMax = Math.Log(0.5) });

    // Linear networks of any gain have a spectrum, though their state may grow without bound.
    [Fact]
    public void A_linear_network_that_explodes_has_the_circular_law() =>
        Assert.Equal(0.75, new MeanFieldTheory().Of(new CellSpec { Activation = ActivationKind.Linear, SpectralRadius = 2 }).UnstableFraction, 1e-12);

    public static TheoryData<CellSpec> Unknown() =>
    [
        new CellSpec { State = StateForm.PostActivation },
        new CellSpec { Weights = WeightEnsemble.Orthogonal },
        new CellSpec { Jacobian = JacobianForm.AsPrinted },
        new CellSpec { InputScale = 1, InputDigest = "x" },
        new CellSpec { Activation = ActivationKind.Relu, SpectralRadius = 2, InputScale = 1 },
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
