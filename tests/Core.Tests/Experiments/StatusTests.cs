using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Missing, infinite and out-of-range numbers, and the status that reports them.</summary>
public sealed class StatusTests
{
    // h_t = 10^10t: finite up to t = 30, infinite at 31.
    private static readonly CellSpec s_tenDecadesAStep = new()
    {
        HiddenSize = 3,
        Weights = WeightEnsemble.Identity,
        SpectralRadius = 1e10,
        InitialState = 1,
        InitialScale = 0,
        Replicates = 1,
    };

    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void A_linear_network_keeps_its_numbers_after_its_state_has_overflown(StateForm state)
    {
        CellSpec spec = s_tenDecadesAStep with { Activation = ActivationKind.Linear, State = state };

        Assert.Equal((ReplicateStatus.Ok, null), StatusOf(Cell.Run(spec with { SequenceLength = 30 })));
        foreach (int length in new[] { 31, 32, 5000 })
        {
            Reading result = Cell.Run(spec with { SequenceLength = length });

            Assert.Equal((ReplicateStatus.StateOverflow, 31), StatusOf(result));
            Assert.Equal(10.0 * length, result.Log10SpectralNorm, 1e-9); // T roundings of a product by 1e10: T ε
            Assert.Equal(30.0 * length, result.Log10AbsDeterminant, 1e-8);
            Assert.Equal(Math.Pow(1e10 - 1, 2), result.Omega, 1e20 * 1e-12); // a sum of T equal terms: T ε
            Assert.Equal(Outcome.Exploding, result.Outcome);
        }
    }

    // J_31 is evaluated at x_30 (pre) or a_31 (post), where the slope is still known to be 1; from step 32 on it is unknown.
    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void A_relu_network_has_no_numbers_from_the_first_unknown_jacobian_on(StateForm state)
    {
        CellSpec spec = s_tenDecadesAStep with { Activation = ActivationKind.Relu, State = state };

        Assert.Equal((ReplicateStatus.Ok, null), StatusOf(Cell.Run(spec with { SequenceLength = 30 })));
        Reading last = Cell.Run(spec with { SequenceLength = 31 });
        Assert.Equal((ReplicateStatus.StateOverflow, 31), StatusOf(last));
        Assert.Equal(310, last.Log10SpectralNorm, 1e-10);
        foreach (int length in new[] { 32, 400 })
        {
            Reading lost = Cell.Run(spec with { SequenceLength = length });
            Assert.Equal((ReplicateStatus.StateOverflow, 31), StatusOf(lost));
            Assert.Equal(Outcome.Missing, lost.Outcome);

            // The bound and the norm of W do not depend on the state.
            Assert.Equal(["log10_pascanu_bound", "weights_spectral_norm"],
                Columns.Of(lost).Where(c => !double.IsNaN(c.Value)).Select(c => c.Name));
            Assert.Equal(10.0 * length, lost.Log10PascanuBound, 1e-9);
        }
    }

    [Theory]
    [InlineData(ActivationKind.Linear)]
    [InlineData(ActivationKind.Relu)]
    public void An_overflow_in_the_transient_has_a_negative_step(ActivationKind activation)
    {
        CellSpec spec = s_tenDecadesAStep with { Activation = activation, Transient = 40, SequenceLength = 7 };

        Reading result = Cell.Run(spec);

        Assert.Equal((ReplicateStatus.StateOverflow, 31 - 40), StatusOf(result));
        Assert.Equal(activation == ActivationKind.Linear ? 70 : double.NaN, result.Log10SpectralNorm, 1e-12);
    }

    [Fact]
    public void Weights_of_radius_0_cannot_be_scaled_exactly_and_need_not_be_in_expectation()
    {
        Matrix nilpotent = PlainMatrix.Of(new double[,] { { 0, 2 }, { 0, 0 } });
        CellSpec spec = new()
        {
            HiddenSize = 2,
            Weights = WeightEnsemble.File,
            WeightsDigest = nilpotent.Digest(),
            Activation = ActivationKind.Linear
        };

        Reading exact = Cell.Run(spec, nilpotent);
        Assert.Equal((ReplicateStatus.ZeroRadius, null), StatusOf(exact));
        Assert.All(Columns.Of(exact), c => Assert.True(double.IsNaN(c.Value), c.Name));

        Reading expected = Cell.Run(spec with { Scaling = WeightScaling.Expected, SequenceLength = 1 }, nilpotent);
        Assert.Equal(Math.Log10(2), expected.Log10SpectralNorm, 1e-15);
        Assert.Equal(double.NegativeInfinity, expected.Log10AbsDeterminant);
        Reading square = Cell.Run(spec with { Scaling = WeightScaling.Expected, SequenceLength = 2 }, nilpotent);
        Assert.Equal(double.NegativeInfinity, square.Log10SpectralNorm);
    }

    // One relu unit whose state decreases: x = 2.5, 1.5, 0.5, −0.5, … so J_1 = J_2 = J_3 = 1 and J_4 = 0.
    [Theory]
    [InlineData(3, null, 0.0)]
    [InlineData(4, 3, double.NaN)]
    [InlineData(5, 4, double.NaN)]
    [InlineData(9, 8, double.NaN)]
    public void A_gradient_that_is_exactly_0_names_the_step(int length, int? step, double omega)
    {
        Reading result = Cell.Run(new CellSpec
        {
            HiddenSize = 1,
            Activation = ActivationKind.Relu,
            Weights = WeightEnsemble.Identity,
            Bias = -1,
            InitialState = 2.5,
            InitialScale = 0,
            SequenceLength = length,
        });

        Assert.Equal((step is null ? ReplicateStatus.Ok : ReplicateStatus.ZeroGradient, step), StatusOf(result));
        Assert.Equal(omega, result.Omega);
        double log = step is null ? 0 : double.NegativeInfinity;
        Assert.Equal(
            [log, log, log, log, log, log, log, log],
            [
                result.Log10SpectralNorm, result.Log10FrobeniusNorm, result.Log10GradientNorm, result.Log10AbsDeterminant,
                result.LyapunovMax,
                result.LyapunovMean, result.Log10PathBound, result.MeanLogSlope,
            ]);
        Assert.Equal(3.0 / length, result.MeanSlope, 1e-16);
        Assert.Equal(step is null ? Outcome.Stable : Outcome.Vanishing, result.Outcome);
    }

    [Theory]
    [InlineData(ActivationKind.Linear, WeightScaling.Exact)]
    [InlineData(ActivationKind.Tanh, WeightScaling.Exact)]
    [InlineData(ActivationKind.Tanh, WeightScaling.Expected)]
    public void A_radius_of_0_makes_every_product_0(ActivationKind activation, WeightScaling scaling)
    {
        CellSpec spec = new() { HiddenSize = 5, Activation = activation, Scaling = scaling, SpectralRadius = 0, SequenceLength = 3 };

        Reading result = Cell.Run(spec);
        Assert.All(
            [
                result.Log10SpectralNorm, result.Log10FrobeniusNorm, result.Log10GradientNorm, result.Log10AbsDeterminant,
                result.LyapunovMax,
                result.LyapunovMean, result.Log10PascanuBound, result.Log10PathBound,
            ],
            value => Assert.Equal(double.NegativeInfinity, value));
        Assert.Equal((0, Outcome.Vanishing), (result.WeightsSpectralNorm, result.Outcome));
        Assert.Equal((ReplicateStatus.ZeroGradient, 2), StatusOf(result));

        Reading one = Cell.Run(spec with { SequenceLength = 1 });
        Assert.Equal((ReplicateStatus.Ok, null), StatusOf(one));
        Assert.Equal(1, one.Omega); // (0/1 − 1)²
    }

    // x stays at ρ, whose slope 4 e^−2ρ is small, then below √2⁻¹⁰²², then below the range of a double, but never 0.
    [Theory]
    [InlineData(30)]
    [InlineData(190)]
    [InlineData(220)]
    [InlineData(300)]
    [InlineData(1e5)]
    public void A_saturated_unit_has_a_tiny_gradient_that_is_not_0(double radius)
    {
        Reading result = Cell.Run(new CellSpec
        {
            HiddenSize = 1,
            Weights = WeightEnsemble.Identity,
            SpectralRadius = radius,
            InitialState = radius,
            InitialScale = 0,
            SequenceLength = 50,
        });

        double logStep = Math.Log(radius) + (2 * Math.Log(2)) - (2 * radius);
        Assert.Equal((ReplicateStatus.Ok, null), StatusOf(result));
        PlainMatrix.AssertRelative(50 * logStep / Math.Log(10), result.Log10SpectralNorm, 1e-13); // T roundings of ln φ'
        PlainMatrix.AssertRelative(50 * logStep / Math.Log(10), result.Log10GradientNorm, 1e-13);
        PlainMatrix.AssertRelative(logStep, result.LyapunovMean, 1e-13);
        PlainMatrix.AssertRelative(50 * logStep / Math.Log(10), result.Log10PathBound, 1e-13);
        Assert.Equal(Math.Pow(1 - Math.Exp(logStep), 2), result.Omega, 1e-14);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.5)]
    public void A_hundred_thousand_steps_have_finite_answers(double radius)
    {
        foreach (ActivationKind activation in new[] { ActivationKind.Linear, ActivationKind.Tanh, ActivationKind.Sigmoid })
        {
            Reading result = Cell.Run(new CellSpec
            {
                HiddenSize = 6,
                Activation = activation,
                SpectralRadius = radius,
                SequenceLength = 100_000
            });
            Assert.All(Columns.Of(result), c => Assert.True(double.IsFinite(c.Value), $"{activation}: {c.Name} is {c.Value}"));
        }
    }

    private static (ReplicateStatus, int?) StatusOf(Reading result) => (result.Status, result.StatusStep);
}
