using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class PlainReplicateTests
{
    // The two computations round differently by a few ulp per step. None of these networks is chaotic over its length, so the difference stays below
    // T N ε ≈ 1e-12 of P_T, and the singular value decompositions add N ε.
    private const double Tolerance = 1e-10;

    public static TheoryData<string> Names => [.. s_specs.Keys];

    private static readonly Dictionary<string, CellSpec> s_specs = new CellSpec[]
    {
        new() { HiddenSize = 12, SpectralRadius = 0.9, SequenceLength = 60 },
        new() { HiddenSize = 1, SpectralRadius = 1.3, SequenceLength = 40, Weights = WeightEnsemble.Uniform,
            Scaling = WeightScaling.Expected },
        new() { HiddenSize = 9, SpectralRadius = 1.2, SequenceLength = 30, State = StateForm.PostActivation, InputScale = 0.4,
            InputSize = 3 },
        new() { HiddenSize = 10, Activation = ActivationKind.Sigmoid, SpectralRadius = 3, Bias = -0.5, BiasScale = 0.3,
            SequenceLength = 200 },
        new() { HiddenSize = 10, Activation = ActivationKind.Linear, Weights = WeightEnsemble.Symmetric, SpectralRadius = 1.05,
            SequenceLength = 900 },
        new() { HiddenSize = 11, Activation = ActivationKind.Relu, Bias = 3, SpectralRadius = 0.7, InitialScale = 0.1,
            SequenceLength = 25 },
        new() { HiddenSize = 8, Activation = ActivationKind.Hardtanh, SpectralRadius = 0.8, InitialScale = 0.2, SequenceLength = 50 },
        new() { HiddenSize = 8, Activation = ActivationKind.Softplus, SpectralRadius = 0.6, SequenceLength = 50,
            State = StateForm.PostActivation },
        new() { HiddenSize = 13, Activation = ActivationKind.Erf, SpectralRadius = 1.1, SequenceLength = 20, Transient = 7,
            InputScale = 1 },
        new() { HiddenSize = 16, Weights = WeightEnsemble.Sparse, Density = 0.4, SpectralRadius = 1, SequenceLength = 30, Replicates = 3 },
        new() { HiddenSize = 7, Weights = WeightEnsemble.Orthogonal, SpectralRadius = 1, SequenceLength = 80, InitialState = 0.2,
            InitialScale = 0.5 },
        new() { HiddenSize = 5, Weights = WeightEnsemble.Identity, SpectralRadius = 0.95, SequenceLength = 33,
            State = StateForm.PostActivation },
        new() { HiddenSize = 14, SpectralRadius = 1, SequenceLength = 40, Jacobian = JacobianForm.AsPrinted, BiasScale = 0.2,
            Seed = ulong.MaxValue },
        new() { HiddenSize = 12, Leak = 0.3, SpectralRadius = 1.2, SequenceLength = 60, InputScale = 0.3, Replicates = 2 },
        new() { HiddenSize = 9, Leak = 0.7, State = StateForm.PostActivation, Activation = ActivationKind.Erf, SequenceLength = 50, Transient = 5 },
        new() { HiddenSize = 11, Leak = 0.5, Jacobian = JacobianForm.AsPrinted, SpectralRadius = 1.1, SequenceLength = 40, BiasScale = 0.2 },
        new() { HiddenSize = 6, Leak = 0.2, Activation = ActivationKind.Linear, SequenceLength = 120 },
        new() { HiddenSize = 10, Weights = WeightEnsemble.Antisymmetric, SpectralRadius = 0.9, SequenceLength = 30, InputScale = 0.2 },
        new() { HiddenSize = 9, Weights = WeightEnsemble.Antisymmetric, Diffusion = 0.1, SpectralRadius = 0.9, Leak = 0.25, SequenceLength = 50 },
        new() { HiddenSize = 12, Weights = WeightEnsemble.Levy, Stability = 1.2, SpectralRadius = 0.9, SequenceLength = 30 },
        new() { HiddenSize = 24, Weights = WeightEnsemble.Levy, Stability = 0.8, Scaling = WeightScaling.Expected, SpectralRadius = 0.3, SequenceLength = 25 },
        new() { HiddenSize = 14, Weights = WeightEnsemble.LowRank, Rank = 2, LowRankStrength = -1.2, SpectralRadius = 0.7, SequenceLength = 30 },
        new() { HiddenSize = 25, Weights = WeightEnsemble.LowRank, LowRankStrength = 1.5, Scaling = WeightScaling.Expected, SpectralRadius = 0.5, Diffusion = 0.2, SequenceLength = 30 },
        new() { HiddenSize = 8, Diffusion = 0.3, SpectralRadius = 0.8, SequenceLength = 50 },
    }.ToDictionary(spec => $"{spec.Activation} {spec.State} {spec.Weights} {spec.Jacobian} N={spec.HiddenSize} leak={spec.Leak} diffusion={spec.Diffusion}");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_column_is_that_of_the_plain_loops(string name)
    {
        CellSpec spec = s_specs[name] with { Replicates = Math.Min(3, s_specs[name].Replicates) };
        Reading[] results = Cell.RunAll(spec);

        for (int replicate = 0; replicate < spec.Replicates; replicate++)
        {
            Columns.AssertClose(new PlainReplicate(spec, replicate).Columns(), results[replicate], Tolerance);
        }
    }

    [Fact]
    public void The_users_weights_and_input_are_not_changed()
    {
        Matrix weights = PlainMatrix.Gaussian(6, 6, 21), rows = PlainMatrix.Gaussian(45, 2, 22);
        CellSpec spec = new()
        {
            HiddenSize = 6,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            InputDigest = rows.Digest(),
            InputSize = 2,
            InputScale = 0.5,
            Transient = 5,
            SequenceLength = 40,
            SpectralRadius = 0.9,
            Replicates = 2,
        };

        Reading[] results = Cell.RunAll(spec, weights, rows);

        Columns.AssertClose(new PlainReplicate(spec, 0, weights, rows).Columns(), results[0], Tolerance);
        Columns.AssertClose(new PlainReplicate(spec, 1, weights, rows).Columns(), results[1], Tolerance);
    }

    // Σ_i ln σ_i(P_T) = T ln |det W| + Σ ln φ': the column never forms P_T, and the other computation does not use W's determinant.
    [Theory]
    [MemberData(nameof(Names))]
    public void The_determinant_column_is_that_of_the_qr_factors_carried_along(string name)
    {
        CellSpec spec = s_specs[name] with { SequenceLength = Math.Min(40, s_specs[name].SequenceLength) };

        double expected = new PlainReplicate(spec, 0).LogAbsDeterminantByQr() / Math.Log(10);

        // Householder QR is backward stable; the error of an R_ii is ε times the condition number of its step, which is hardly above 1e4.
        Assert.Equal(expected, Cell.Run(spec).Log10AbsDeterminant, 1e-9 * Math.Max(1, Math.Abs(expected)));
    }
}
