using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The spectrum of a cell, from its specification to its result.</summary>
public sealed class SpectrumTests
{
    private static readonly CellSpec s_spec = new() { MeasuresSpectrum = true, Replicates = 1 };

    public static TheoryData<CellSpec> Small =>
    [
        s_spec with { HiddenSize = 12, SpectralRadius = 0.9, SequenceLength = 60 },
        s_spec with { HiddenSize = 9, SpectralRadius = 1.2, SequenceLength = 200, State = StateForm.PostActivation, InputScale = 0.4 },
        s_spec with { HiddenSize = 14, SpectralRadius = 1, SequenceLength = 40, Jacobian = JacobianForm.AsPrinted },
        s_spec with { HiddenSize = 1, Weights = WeightEnsemble.Identity, Activation = ActivationKind.Sigmoid, SpectralRadius = 3, SequenceLength = 70 },
        s_spec with { HiddenSize = 10, SpectralRadius = 1.4, SequenceLength = 100, FrameTransient = 30, Transient = 5 },
    ];

    // The two products are computed independently: their largest singular values agree to T N ε, and the sum of all with the determinant.
    [Theory]
    [MemberData(nameof(Small))]
    public void It_agrees_with_the_norms_and_the_determinant(CellSpec spec)
    {
        Reading result = Cell.Run(spec);
        SpectrumResult spectrum = result.Spectrum!;
        double[] logs = spectrum.Log10SingularValues.Values.ToArray();

        Assert.Equal(spec.HiddenSize, logs.Length);
        Assert.Equal(logs.OrderDescending(), logs);
        Assert.Equal(result.Log10SpectralNorm, logs[0], 1e-10);
        Assert.Equal(result.Log10FrobeniusNorm, logs[0] + (0.5 * Math.Log10(logs.Sum(log => Math.Pow(10, 2 * (log - logs[0]))))), 1e-10);
        Assert.InRange(Math.Abs(result.SumRuleResidual), 0, 1e-10);
        Assert.Equal((logs[^1], logs[0] - logs[^1]), (result.Log10MinSingularValue, result.Log10ConditionNumber));
        double[] unstable = [.. logs.Where(log => log > 1e-9).Select(log => log * Math.Log(10) / spec.SequenceLength)];
        Assert.Equal(unstable.Length / (double)spec.HiddenSize, result.UnstableFraction);
        Assert.Equal(unstable.Sum(), result.EntropyRate, 1e-12);
        Assert.Equal(spec.FrameTransient == 0 ? 0 : spec.HiddenSize, spectrum.FrameExponents.Count);
    }

    [Theory]
    [InlineData(0.5, 0, 0)]
    [InlineData(1.5, 1, 6)]
    public void An_orthogonal_linear_network_has_the_radius_as_every_singular_value(double radius, double fraction, double dimension)
    {
        Reading result = Cell.Run(s_spec with
        {
            HiddenSize = 6,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.Orthogonal,
            SpectralRadius = radius,
            SequenceLength = 2000,
            InitialScale = 0,
        });

        Assert.All(result.Spectrum!.Log10SingularValues.Values.ToArray(), log => Assert.Equal(2000 * Math.Log10(radius), log, 1e-10));
        Assert.Equal((fraction, dimension), (result.UnstableFraction, result.KaplanYorkeDimension));
        Assert.Equal(radius > 1 ? 6 * Math.Log(radius) : 0, result.EntropyRate, 1e-12);
    }

    // The gains differ so much that the exponents of one block's columns differ by more than a double's range.
    [Theory]
    [InlineData(StateForm.PreActivation, 100)]
    [InlineData(StateForm.PostActivation, 100)]
    [InlineData(StateForm.PreActivation, 250)]
    [InlineData(StateForm.PostActivation, 30)]
    public void Directions_that_diverge_beyond_the_range_of_a_double_are_right_or_missing(StateForm state, int decades)
    {
        Matrix weights = PlainMatrix.Diagonal([Math.Pow(10, decades), 1, Math.Pow(10, -decades)]);
        CellSpec spec = s_spec with
        {
            HiddenSize = 3,
            Activation = ActivationKind.Linear,
            State = state,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            Scaling = WeightScaling.Expected,
            InitialScale = 0,
        };
        for (int steps = 1; steps <= 20; steps++)
        {
            Reading result = Cell.Run(spec with { SequenceLength = steps }, weights);

            Assert.Equal(decades * steps, result.Spectrum!.Log10SingularValues[0], 1e-9);
            AssertRightOrMissing(0, result.Spectrum.Log10SingularValues[1]);
            AssertRightOrMissing(-decades * steps, result.Spectrum.Log10SingularValues[2]);
            AssertRightOrMissing(-decades * steps, result.Log10MinSingularValue);
            AssertRightOrMissing(2 * decades * steps, result.Log10ConditionNumber);
            AssertRightOrMissing(1 / 3.0, result.UnstableFraction);
            AssertRightOrMissing(decades * Math.Log(10), result.EntropyRate);
            AssertRightOrMissing(3, result.KaplanYorkeDimension);
        }

        static void AssertRightOrMissing(double expected, double value) =>
            Assert.True(double.IsNaN(value) || Math.Abs(value - expected) <= 1e-9, $"{value} where {expected} is right");
    }

    // A frame that has converged to W's invariant subspaces grows by |μ_i| at every step from the first one; ln σ_i / T reaches that only as T → ∞. The state
    // overflows meanwhile, which does not change the Jacobian.
    [Fact]
    public void A_converged_frame_grows_by_the_eigenvalues_from_the_first_step_on()
    {
        Matrix upper = PlainMatrix.Of(new[,] { { 2, 5, -3 }, { 0, 0.7, 4 }, { 0, 0, 0.1 } });
        Matrix turn = PlainMatrix.Orthogonal(3, 4), weights = PlainMatrix.Multiply(turn, upper, turn.Transpose());
        CellSpec spec = s_spec with
        {
            HiddenSize = 3,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            Scaling = WeightScaling.Expected,
            SequenceLength = 5,
            FrameTransient = 1500,
        };

        Reading result = Cell.Run(spec, weights);

        Assert.Equal((ReplicateStatus.StateOverflow, true), (result.Status, result.StatusStep < 0));
        double[] exponents = [.. result.Spectrum!.FrameExponents.Values.ToArray().OrderDescending()];
        Assert.All(exponents.Zip([2, 0.7, 0.1]), pair => Assert.Equal(Math.Log(pair.Second), pair.First, 1e-11));
        Assert.NotEqual(Math.Log(2), result.LyapunovMax, 0.1); // ln σ_max / T has not converged yet
        Assert.Equal(result.Log10SpectralNorm, result.Spectrum.Log10SingularValues[0], 1e-10);
    }

    [Fact]
    public void Steps_of_the_frame_transient_advance_the_state_like_those_of_the_transient()
    {
        CellSpec spec = s_spec with { HiddenSize = 7, SpectralRadius = 1.3, InputScale = 0.3, SequenceLength = 50 };
        Reading frame = Cell.Run(spec with { Transient = 4, FrameTransient = 16 }), transient = Cell.Run(spec with { Transient = 20 });
        Assert.Equal(Columns.Of(transient), Columns.Of(frame));
    }

    [Fact]
    public void Powers_of_symmetric_weights_have_powers_of_their_eigenvalues()
    {
        CellSpec spec = s_spec with { HiddenSize = 8, Activation = ActivationKind.Linear, Weights = WeightEnsemble.Symmetric, SpectralRadius = 1.1, SequenceLength = 500 };
        Matrix weights = new PlainReplicate(spec with { SequenceLength = 1 }, 0).Weights;
        double[] logs = [.. PlainMatrix.ToMathNet(weights).Evd().EigenValues.Select(Complex.Abs).OrderDescending().Select(Math.Log10)];

        double[] actual = Cell.Run(spec).Spectrum!.Log10SingularValues.Values.ToArray();

        // N ε of each eigenvalue relative to the largest, T times: 500 · 8 · 2.2e-16 · ρ / μ_min.
        Assert.All(logs.Zip(actual), pair => Assert.Equal(500 * pair.First, pair.Second, 1e-8));
    }
}
