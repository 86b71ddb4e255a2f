using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Cells of gated networks, from the draw to the columns.</summary>
public sealed class GatedCellTests
{
    private static readonly CellSpec s_cell = new()
    {
        HiddenSize = 9,
        SequenceLength = 12,
        Replicates = 2,
        SpectralRadius = 1.3,
        GateSpectralRadius = 0.8,
        InputScale = 0.6,
        InputSize = 4,
        Transient = 3,
        Bias = 0.1,
        BiasScale = 0.2,
        ForgetBias = 1,
        InputBias = -0.3,
        OutputBias = 0.4,
        UpdateBias = 0.5,
        ResetBias = -0.2,
        InitialState = 0.05,
        InitialScale = 0.7,
    };

    [Theory]
    [InlineData(NetworkKind.Gru, WeightScaling.Exact)]
    [InlineData(NetworkKind.Lstm, WeightScaling.Exact)]
    [InlineData(NetworkKind.Minimal, WeightScaling.Exact)]
    [InlineData(NetworkKind.Gru, WeightScaling.Expected)]
    [InlineData(NetworkKind.Lstm, WeightScaling.Expected)]
    public void A_reading_is_that_of_plain_loops(NetworkKind network, WeightScaling scaling)
    {
        CellSpec spec = s_cell with { Network = network, Scaling = scaling };
        foreach (Reading reading in Cell.RunAll(spec))
        {
            var plain = new PlainGatedReplicate(spec, reading.Replicate);

            // The plain spectral radius is known to 1e-9, and 15 steps multiply what is wrong with it.
            Assert.Equal(Math.Log10(PlainMatrix.SingularValues(plain.Product)[0]), reading.Log10SpectralNorm, 1e-7);
            Assert.Equal(Math.Log10(Math.Sqrt(plain.Product.Values.Sum(x => x * x))), reading.Log10FrobeniusNorm, 1e-7);
            Assert.Equal(Math.Log10(Math.Sqrt(plain.Gradient.Sum(x => x * x))), reading.Log10GradientNorm, 1e-7);
            Assert.Equal(plain.LogDeterminant / Math.Log(10), reading.Log10AbsDeterminant, 1e-6);
            Assert.Equal(plain.LogDeterminant / (spec.StateSize * spec.SequenceLength), reading.LyapunovMean, 1e-6);
            Assert.Equal(ReplicateStatus.Ok, reading.Status);
        }
    }

    [Fact]
    public void What_is_not_known_of_gated_networks_is_empty()
    {
        Reading reading = Cell.Run(s_cell with { Network = NetworkKind.Lstm });
        Assert.All(
            [reading.MeanSlope, reading.MeanLogSlope, reading.Log10PascanuBound, reading.Log10PathBound],
            value => Assert.True(double.IsNaN(value)));
        Assert.True(double.IsNaN(new Theory().LyapunovMax(new CellSpec { Network = NetworkKind.Gru })));
    }

    // At the fixed point 0 the Jacobian of a GRU is z I + (1−z) r W_n, so its determinant is known from the eigenvalues of W_n. For an LSTM
    // the nonzero eigenvalues are f + i o μ_k, and the largest one is the growth of the product.
    [Theory]
    [InlineData(-0.7, 0.4)]
    [InlineData(2, -1)]
    public void Without_input_from_0_a_gru_grows_as_the_eigenvalues_of_its_candidate_say(double update, double reset)
    {
        CellSpec spec = AtZero(NetworkKind.Gru) with { UpdateBias = update, ResetBias = reset };
        double z = Sigma(update), r = Sigma(reset);
        double[] growth = [.. Eigenvalues(spec).Select(mu => (z + ((1 - z) * r * mu)).Magnitude)];
        Reading reading = Cell.Run(spec);
        Assert.Equal(spec.SequenceLength * growth.Sum(Math.Log10), reading.Log10AbsDeterminant, 1e-8);
        Assert.Equal(Math.Log(growth.Max()), reading.LyapunovMaxSlope, 2e-3); // the growth rate of the last part of 400 steps
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Without_input_from_0_an_lstm_grows_as_the_eigenvalues_of_its_candidate_say(double forget)
    {
        CellSpec spec = AtZero(NetworkKind.Lstm) with { ForgetBias = forget };
        double[] growth = [.. Eigenvalues(spec).Select(mu => (Sigma(forget) + (0.25 * mu)).Magnitude)];
        Reading reading = Cell.Run(spec);
        Assert.Equal(double.NegativeInfinity, reading.Log10AbsDeterminant);
        Assert.Equal(Math.Log(growth.Max()), reading.LyapunovMaxSlope, 2e-3);
    }

    [Theory]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Minimal)]
    public void The_spectrum_sums_to_the_determinant_at_every_length(NetworkKind network)
    {
        foreach (int length in new[] { 1, 2, 5, 40, 150 })
        {
            CellSpec spec = s_cell with { Network = network, SequenceLength = length, MeasuresSpectrum = true };
            Reading reading = Cell.Run(spec);
            Assert.Equal(spec.StateSize, reading.Spectrum!.Log10SingularValues.Count);
            Assert.Equal(reading.Log10AbsDeterminant, Enumerable.Range(0, spec.StateSize).Sum(i => reading.Spectrum.Log10SingularValues[i]), 1e-9 * Math.Max(1, Math.Abs(reading.Log10AbsDeterminant)));
            Assert.Equal(reading.Log10SpectralNorm, reading.Spectrum.Log10SingularValues[0], 1e-9);
        }
    }

    [Theory]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Minimal)]
    public void The_longest_lag_is_the_whole_product(NetworkKind network)
    {
        Reading reading = Cell.Run(s_cell with { Network = network, MeasuresLags = true, SequenceLength = 60 });
        Assert.Equal(reading.Log10SpectralNorm, reading.Lags!.Log10SpectralNorms[reading.Lags.Log10SpectralNorms.Count - 1], 1e-9);
        Assert.Equal(reading.Log10FrobeniusNorm, reading.Lags.Log10FrobeniusNorms[reading.Lags.Log10FrobeniusNorms.Count - 1], 1e-9);
    }

    [Fact]
    public void The_key_has_the_fields_of_gates_that_the_network_uses()
    {
        CellSpec plain = new(), lstm = plain with { Network = NetworkKind.Lstm }, gru = plain with { Network = NetworkKind.Gru };
        Assert.Equal(CellKey.Of(plain), CellKey.Of(plain with { ForgetBias = 1, UpdateBias = 2, GateSpectralRadius = 3 }));
        Assert.Equal(CellKey.Of(lstm), CellKey.Of(lstm with { UpdateBias = 2, ResetBias = 1, GateSpectralRadius = lstm.SpectralRadius }));
        CellSpec[] different =
        [
            plain, lstm, gru, plain with { Network = NetworkKind.Minimal }, lstm with { ForgetBias = 1 }, lstm with { InputBias = 1 }, lstm with { OutputBias = 1 },
            gru with { UpdateBias = 1 }, gru with { ResetBias = 1 }, gru with { GateSpectralRadius = 2 }, lstm with { GateSpectralRadius = 2 },
        ];
        Assert.Equal(different.Length, different.Select(CellKey.Of).Distinct().Count());
    }

    [Fact]
    public void Weights_beyond_the_range_of_gated_networks_are_a_status()
    {
        Reading reading = Cell.Run(s_cell with { Network = NetworkKind.Lstm, SpectralRadius = 1e150 });
        Assert.Equal(ReplicateStatus.StateOverflow, reading.Status);
    }

    private static CellSpec AtZero(NetworkKind network) => new()
    {
        Network = network,
        HiddenSize = 12,
        SequenceLength = 400,
        Replicates = 1,
        SpectralRadius = 1.5,
        InitialScale = 0,
    };

    private static System.Numerics.Complex[] Eigenvalues(CellSpec spec)
    {
        Matrix drawn = WeightDraw.Draw(spec.Weights, spec.HiddenSize, 1, spec.Seed, 0);
        System.Numerics.Complex[] values = [.. PlainMatrix.ToMathNet(drawn).Evd().EigenValues];
        return [.. values.Select(value => value * spec.SpectralRadius / values.Max(other => other.Magnitude))];
    }

    private static double Sigma(double a) => 1 / (1 + Math.Exp(-a));
}
