using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Cells that measure given Jacobians.</summary>
public sealed class GivenJacobiansTests
{
    // 60 steps with transients of 5, all statistics.
    private static readonly CellSpec s_drawn = new()
    {
        HiddenSize = 13,
        SequenceLength = 60,
        Transient = 2,
        FrameTransient = 3,
        Replicates = 3,
        InputScale = 0.4,
        MeasuresSpectrum = true,
        MeasuresLags = true,
    };

    public static TheoryData<string> Networks => ["tanh", "relu", "post", "leaky", "gru", "lstm"];

    private static CellSpec Drawn(string network) => network switch
    {
        "tanh" => s_drawn with { SpectralRadius = 1.2 },
        // Inactive units make columns of zeros, and what an orthogonal frame gets in their place is arbitrary until it has settled.
        "relu" => s_drawn with { SpectralRadius = 1.4, Activation = ActivationKind.Relu, FrameTransient = 0 },
        "post" => s_drawn with { State = StateForm.PostActivation, Weights = WeightEnsemble.Orthogonal },
        "leaky" => s_drawn with { Leak = 0.3 },
        "gru" => s_drawn with { Network = NetworkKind.Gru },
        _ => s_drawn with { Network = NetworkKind.Lstm, HiddenSize = 6 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Exported_jacobians_of_a_network_give_the_readings_of_the_network(string network)
    {
        CellSpec drawn = Drawn(network);
        Matrix file = ExportedJacobians.Stack([.. Enumerable.Range(0, 3).Select(replicate => ExportedJacobians.Of(drawn, replicate))]);
        Reading[] expected = Cell.RunAll(drawn), actual = Cell.RunAll(ExportedJacobians.Cell(drawn, file, sequences: 3), file);
        for (int replicate = 0; replicate < 3; replicate++)
        {
            AssertAlike(expected[replicate], actual[replicate], exact: false, sameGrowth: network is not ("tanh" or "relu"));
        }
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("lstm")]
    public void Transposed_files_in_transposed_layout_give_the_same_bits(string network)
    {
        CellSpec drawn = Drawn(network);
        Matrix file = ExportedJacobians.Of(drawn, 0), transposed = ExportedJacobians.Transposed(file);
        CellSpec plain = ExportedJacobians.Cell(drawn, file);
        Reading expected = Cell.Run(plain, file);
        AssertAlike(expected, Cell.Run(ExportedJacobians.Cell(drawn, transposed) with { JacobiansLayout = JacobianLayout.Transposed }, transposed), exact: true);
        Assert.NotEqual(expected.Log10SpectralNorm, Cell.Run(plain with { JacobiansLayout = JacobianLayout.Transposed }, file).Log10SpectralNorm);
    }

    [Fact]
    public void Each_replicate_takes_its_sequence_and_one_sequence_is_shared()
    {
        Matrix[] sequences = [.. Enumerable.Range(0, 3).Select(replicate => ExportedJacobians.Of(Drawn("tanh"), replicate))];
        Matrix all = ExportedJacobians.Stack(sequences);
        Reading[] own = Cell.RunAll(ExportedJacobians.Cell(s_drawn, all, sequences: 3), all);
        for (int s = 0; s < 3; s++)
        {
            Reading[] shared = Cell.RunAll(ExportedJacobians.Cell(s_drawn, sequences[s]) with { Replicates = 3 }, sequences[s]);
            Assert.All(shared, reading => Assert.Equal(own[s].Log10SpectralNorm, reading.Log10SpectralNorm));
            Assert.Equal(own[s].Log10GradientNorm, shared[s].Log10GradientNorm); // the loss gradient is the replicate's
            Assert.NotEqual(shared[0].Log10GradientNorm, shared[1].Log10GradientNorm);
        }

        Assert.Equal(3, own.Select(reading => reading.Log10SpectralNorm).Distinct().Count());
    }

    // P_T of 1 × 1 Jacobians j_t is their product. j_t = (t + 1)/2 for t = 0, 1, … gives T!/2^T.
    [Fact]
    public void The_product_of_scalars_is_known()
    {
        const int T = 20;
        var file = new Matrix(T, 1, [.. Enumerable.Range(1, T).Select(t => t / 2.0)]);
        Reading reading = Cell.Run(ExportedJacobians.Cell(new CellSpec { SequenceLength = T, MeasuresSpectrum = true, MeasuresLags = true }, file), file);
        double log10 = Enumerable.Range(1, T).Sum(t => Math.Log10(t / 2.0));
        Assert.All(
            [reading.Log10SpectralNorm, reading.Log10FrobeniusNorm, reading.Log10GradientNorm, reading.Log10AbsDeterminant, reading.Spectrum!.Log10SingularValues[0]],
            value => Assert.Equal(log10, value, 1e-13)); // 20 factors
        Assert.Equal(Enumerable.Range(1, T).Average(t => ((t / 2.0) - 1) * ((t / 2.0) - 1)), reading.Omega, 1e-12);
        Assert.All(Enumerable.Range(1, T), k => Assert.Equal(Enumerable.Range(T - k + 1, k).Sum(t => Math.Log10(t / 2.0)), reading.Lags!.Log10SpectralNorms[k - 1], 1e-13));
    }

    // s·Q with orthogonal Q, s = 10^±200 in turn, has the norm of the product of the s, and 200 N for each decade in the determinant.
    [Theory]
    [InlineData(200, 200)]
    [InlineData(-200, -200)]
    [InlineData(200, -200)]
    public void Entries_far_from_1_neither_overflow_nor_underflow(int even, int odd)
    {
        const int N = 6, T = 12;
        Matrix[] steps = [.. Enumerable.Range(0, T).Select(t => PlainMatrix.Map(WeightDraw.Draw(WeightEnsemble.Orthogonal, N, 1, 5, t), value => value * Math.Pow(10, t % 2 == 0 ? even : odd)))];
        Matrix file = ExportedJacobians.Stack(steps);
        Reading reading = Cell.Run(ExportedJacobians.Cell(new CellSpec { SequenceLength = T, MeasuresSpectrum = true, MeasuresLags = true }, file), file);
        double log10 = T / 2 * (even + odd);

        // The logarithms have magnitudes up to 2400, of which an ulp is 5e-13, and the norm and determinant N ulps of 1 per step.
        Assert.Equal(log10, reading.Log10SpectralNorm, 1e-11);
        Assert.Equal(log10, reading.Log10GradientNorm, 1e-11);
        Assert.Equal(N * log10, reading.Log10AbsDeterminant, 1e-10);
        Assert.All(reading.Spectrum!.Log10SingularValues.Values.ToArray(), value => Assert.Equal(log10, value, 1e-11));
        Assert.Equal(odd, reading.Lags!.Log10SpectralNorms[0], 1e-12);
        Assert.Equal(ReplicateStatus.Ok, reading.Status);
    }

    [Fact]
    public void A_jacobian_of_zeros_makes_an_exact_zero()
    {
        Matrix file = ExportedJacobians.Of(Drawn("tanh"), 0);
        file.Values.AsSpan(30 * 13 * 13, 13 * 13).Clear(); // step 30 of 65
        Reading reading = Cell.Run(ExportedJacobians.Cell(s_drawn, file), file);
        Assert.Equal(double.NegativeInfinity, reading.Log10SpectralNorm);
        Assert.Equal(double.NegativeInfinity, reading.Log10AbsDeterminant);
        Assert.All(reading.Spectrum!.Log10SingularValues.Values.ToArray(), value => Assert.Equal(double.NegativeInfinity, value));
        Assert.Equal((ReplicateStatus.ZeroGradient, 30 - 5), (reading.Status, reading.StatusStep)); // the transients are 5 steps; J_26 of the sequence is 0
        Assert.True(double.IsFinite(reading.Lags!.Log10SpectralNorms[60 - 27]));
        Assert.Equal(double.NegativeInfinity, reading.Lags.Log10SpectralNorms[^1]);
    }

    // J_t = [[a, b], [0, d]] with a = 1 and d = 1e-15 leaves d^T in the second column, far below b; a last Jacobian that annihilates all but the second row
    // leaves it alone. The exact norm is d^T.
    [Fact]
    public void A_product_whose_small_entries_lead_at_the_end_is_no_zero()
    {
        const int T = 40;
        Matrix step = new(2, 2, [1, 1, 0, 1e-15]), last = new(2, 2, [0, 0, 0, 1]);
        Matrix file = ExportedJacobians.Stack([.. Enumerable.Repeat(step, T), last]);
        Reading reading = Cell.Run(ExportedJacobians.Cell(new CellSpec { SequenceLength = T + 1, MeasuresLags = true }, file), file);
        Assert.Equal(-15 * T, reading.Log10SpectralNorm, 1e-10);
        Assert.Equal(-15 * T, reading.Log10GradientNorm - Math.Log10(Math.Abs(GradientOf(2)[1])), 1e-10);
        Assert.Equal(-15 * T, reading.Lags!.Log10SpectralNorms[T], 1e-10);
        Assert.Equal(double.NegativeInfinity, reading.Log10AbsDeterminant);
    }

    // diag(1e200, 1e-200) and its inverse in turn: the product of an even number is the identity, though each leaves the range of the other's entries.
    [Fact]
    public void Entries_of_one_jacobian_far_apart_are_multiplied_exactly()
    {
        Matrix up = new(2, 2, [1e200, 0, 0, 1e-200]), down = new(2, 2, [1e-200, 0, 0, 1e200]);
        Matrix file = ExportedJacobians.Stack(up, down, up, down);
        Reading reading = Cell.Run(ExportedJacobians.Cell(new CellSpec { SequenceLength = 4, MeasuresSpectrum = true, MeasuresLags = true }, file), file);
        Assert.Equal(0, reading.Log10SpectralNorm, 1e-12);
        Assert.Equal(Math.Log10(Math.Sqrt(2)), reading.Log10FrobeniusNorm, 1e-12);
        Assert.Equal(0, reading.Log10GradientNorm, 1e-12); // a unit vector
        Assert.Equal(0, reading.Log10AbsDeterminant, 1e-12);
        Assert.All([200, 0, 200, 0], (log10, lag) => Assert.Equal(log10, reading.Lags!.Log10SpectralNorms[lag], 1e-12));
        Assert.All(reading.Spectrum!.Log10SingularValues.Values.ToArray(), value => Assert.False(double.IsInfinity(value), "a singular value of 1 must not be called 0"));
    }

    [Fact]
    public void What_needs_the_network_is_empty()
    {
        Matrix file = ExportedJacobians.Of(Drawn("tanh"), 0);
        CellSpec spec = ExportedJacobians.Cell(s_drawn, file);
        Reading reading = Cell.Run(spec, file);
        Assert.All(
            [reading.MeanSlope, reading.MeanLogSlope, reading.Log10PascanuBound, reading.Log10PathBound, reading.WeightsSpectralNorm, new Theory().LyapunovMax(spec)],
            value => Assert.True(double.IsNaN(value)));
        Assert.Equal(0, WorkEstimate.DrawOperations(spec));
    }

    [Fact]
    public void The_lengths_of_a_trajectory_are_read_like_those_of_separate_cells()
    {
        Matrix file = ExportedJacobians.Of(Drawn("leaky"), 0);
        CellSpec spec = ExportedJacobians.Cell(s_drawn, file);
        ExperimentRunner runner = Cell.Runner(file);
        foreach (int length in new[] { 1, 7, 60 })
        {
            CellSpec shorter = spec with { SequenceLength = length };
            AssertAlike(Cell.Run(shorter, file), Cell.RunAll(runner, shorter)[0], exact: true);
        }
    }

    [Fact]
    public void The_digest_of_rows_read_in_pieces_is_that_of_the_matrix()
    {
        Matrix matrix = PlainMatrix.Gaussian(7, 5, 3);
        using MatrixDigest digest = new(7, 5);
        digest.Add(matrix.Values.AsSpan(0, 15));
        digest.Add(matrix.Values.AsSpan(15));
        Assert.Equal(matrix.Digest(), digest.Result());
    }

    // The loss gradient of replicate 0 of a cell with the default seed.
    private static double[] GradientOf(int n)
    {
        var gradient = new double[n];
        Philox.For(1, 0, StreamRole.LossGradient).FillNormal(gradient);
        double norm = Math.Sqrt(gradient.Sum(x => x * x));
        return [.. gradient.Select(x => x / norm)];
    }

    // The growth of a pre-activation network is measured before the factor W of each step, so its slope differs by some 1/T. Rounding: each of 65 steps adds errors of some N ulps relative to the norm, which the condition of the product's directions amplifies; singular values are trusted to 1e-6.
    private static void AssertAlike(Reading expected, Reading actual, bool exact, bool sameGrowth = true)
    {
        double tolerance = exact ? 0 : 1e-9, ofSpectrum = exact ? 0 : 2e-6;
        Assert.Equal((expected.Status, expected.StatusStep, expected.VanishingLag, expected.ExplodingLag, expected.Converged), (actual.Status, actual.StatusStep, actual.VanishingLag, actual.ExplodingLag, actual.Converged));
        Close(
            tolerance,
            [expected.Log10SpectralNorm, expected.Log10FrobeniusNorm, expected.Log10GradientNorm, expected.Omega, .. expected.Lags!.Log10SpectralNorms.Values, .. expected.Lags.Log10FrobeniusNorms.Values],
            [actual.Log10SpectralNorm, actual.Log10FrobeniusNorm, actual.Log10GradientNorm, actual.Omega, .. actual.Lags!.Log10SpectralNorms.Values, .. actual.Lags.Log10FrobeniusNorms.Values]);
        if (sameGrowth)
        {
            Close(tolerance, [expected.LyapunovMaxSlope, expected.LyapunovMaxWithinSem], [actual.LyapunovMaxSlope, actual.LyapunovMaxWithinSem]);
        }

        Close(
            ofSpectrum,
            [expected.Log10AbsDeterminant, .. expected.Spectrum!.Log10SingularValues.Values, .. expected.Spectrum.FrameExponents.Values],
            [actual.Log10AbsDeterminant, .. actual.Spectrum!.Log10SingularValues.Values, .. actual.Spectrum.FrameExponents.Values]);

        static void Close(double tolerance, double[] expected, double[] actual)
        {
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.True(expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= tolerance, $"number {i}: expected {expected[i]:R}, but was {actual[i]:R}");
            }
        }
    }
}
