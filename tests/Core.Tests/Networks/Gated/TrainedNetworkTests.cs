using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.Experiments;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>Networks with given weights and both biases, from their packed form to the digits of their trajectory.</summary>
public sealed class TrainedNetworkTests
{
    [Theory]
    [InlineData(NetworkKind.Gru, new[] { -1.32041797301477, -4.45628656841731, -8.70725393502343 }, new[] { -0.5145744153959, -0.065818313836, 0.7177897362555 })]
    [InlineData(
        NetworkKind.Lstm,
        new[] { -1.34574522885493, -3.52788852300673, -4.79772110394053, -8.31687712197251, -10.5796857145072, -11.8157525120841 },
        new[] { -0.3005163381182, -0.006541154498582, 0.2253373325374, -0.5017494664165, -0.009302877403356, 0.6832177644103 })]
    public void A_layer_with_its_biases_and_its_input_has_the_reference_digits(NetworkKind kind, double[] log10, double[] state)
    {
        Matrix packed = PublishedNetwork.Trained(kind).Pack(), input = PublishedNetwork.Inputs(10);
        var matrices = new Matrices(packed, input);
        CellSpec spec = new()
        {
            Network = kind,
            NetworkDigest = packed.Digest(),
            HiddenSize = 3,
            InputSize = 2,
            InputDigest = input.Digest(),
            InputScale = 1,
            Scaling = WeightScaling.Expected,
        };
        var weights = new WeightsCache(1 << 20);
        ReplicateNetwork built = ReplicateNetwork.Of(spec, 0, block => weights.Find(spec, 0, matrices, block), matrices)!;
        INetwork network = built.Network;
        var spectral = new SpectralProduct(network);
        double[] x = [.. new PublishedNetwork(kind).State], drive = new double[network.DriveLength], slopes = new double[network.SlopeLength];
        double logDeterminant = 0;
        for (int t = 0; t < 10; t++)
        {
            built.Drive.Fill(t, drive);
            var step = network.Advance(x, drive, slopes, new double[network.HiddenSize]);
            logDeterminant += built.CommonLogDeterminant + network.LogDeterminant(slopes, step);
            spectral.Advance(slopes, 0);
        }

        // As for drawn networks: 13 to 15 reference digits, and condition numbers up to 1100 a step.
        Assert.All(state.Zip(x), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        Assert.All(log10.Index(), value => Assert.Equal(value.Item, spectral.Read().Log10SingularValues[value.Index], 2e-11));
        Assert.Equal(log10.Sum() * Math.Log(10), logDeterminant, 1e-10);
    }

    [Fact]
    public void A_packed_network_is_the_same_when_it_is_unpacked()
    {
        foreach (NetworkKind kind in new[] { NetworkKind.Rnn, NetworkKind.Gru, NetworkKind.Lstm })
        {
            foreach ((int inputs, int layers, int directions) in new[] { (2, 1, 1), (1, 1, 2), (9, 3, 1), (2, 3, 2) })
            {
                TrainedNetwork network = RandomTrained.Of(kind, 4, inputs, layers, directions, 7);
                Matrix packed = network.Pack();
                Assert.Equal(network.Shape, TrainedNetwork.ShapeOf(packed));
                for (int place = 0; place < layers * directions; place++)
                {
                    TrainedLayer layer = network.Layers[place], back = TrainedNetwork.Layer(packed, place / directions, place % directions);
                    Assert.Equal(layer.Recurrent.Values, back.Recurrent.Values);
                    Assert.Equal(layer.Input.Values, back.Input.Values);
                    Assert.Equal(layer.InputBias, back.InputBias);
                    Assert.Equal(layer.HiddenBias, back.HiddenBias);
                    for (int order = 0; order < network.Shape.Blocks; order++)
                    {
                        int block = GateBlocks.Of(kind).DrawOrder[order];
                        Assert.Equal(layer.Recurrent.Values[(block * 16)..((block + 1) * 16)], TrainedNetwork.RecurrentBlock(packed, (place * network.Shape.Blocks) + order).Values);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_matrix_that_is_no_network_is_refused()
    {
        Matrix network = PublishedNetwork.Trained(NetworkKind.Lstm).Pack();
        foreach (Action<Matrix> damage in new Action<Matrix>[]
        {
            m => m[0, 0] = 3, m => m[0, 0] = 1, m => m[0, 0] = double.NaN, m => m[0, 1] = 4, m => m[0, 1] = 2.5, m => m[0, 2] = 0, m => m[0, 2] = 3, m => m[0, 3] = 2, m => m[0, 4] = 2,
            m => m[0, 3] = 1e300, m => m[0, 4] = 3,
        })
        {
            var damaged = new Matrix(network.Rows, network.Columns, [.. network.Values]);
            damage(damaged);
            Assert.Throws<FormatException>(() => TrainedNetwork.ShapeOf(damaged));
        }

        Assert.Throws<FormatException>(() => TrainedNetwork.ShapeOf(Matrix.Identity(5)));
        Assert.Throws<FormatException>(() => TrainedNetwork.ShapeOf(Matrix.OfSize(13, 7)));
        Assert.Throws<FormatException>(() => TrainedNetwork.ShapeOf(new Matrix(1, 1)));
    }

    // h = tanh(W_ih x + b_ih + W_hh h + b_hh), with the factor ρ on W_hh, in plain loops.
    [Fact]
    public void An_rnn_is_that_of_pytorch_and_the_spectral_radius_a_factor_on_its_recurrent_weights()
    {
        TrainedLayer layer = PublishedNetwork.Layer(NetworkKind.Rnn);
        Matrix packed = PublishedNetwork.Trained(NetworkKind.Rnn).Pack(), input = PublishedNetwork.Inputs(30);
        CellSpec spec = new()
        {
            NetworkDigest = packed.Digest(),
            State = StateForm.PostActivation,
            HiddenSize = 3,
            InputSize = 2,
            InputDigest = input.Digest(),
            InputScale = 1,
            Scaling = WeightScaling.Expected,
            SpectralRadius = 0.8,
            SequenceLength = 30,
            InitialScale = 0,
            InitialState = 0.2,
            Replicates = 1,
        };
        var runner = new ExperimentRunner(new Matrices(packed, input), new WeightsCache(1 << 20));
        Reading reading = Cell.RunAll(runner, spec)[0];

        double[] h = [0.2, 0.2, 0.2];
        Matrix product = LinearAlgebra.PlainMatrix.Identity(3);
        for (int t = 0; t < 30; t++)
        {
            double[] recurrent = LinearAlgebra.PlainMatrix.Multiply(layer.Recurrent, h), driven = LinearAlgebra.PlainMatrix.Multiply(layer.Input, input.Row(t).ToArray());
            h = [.. Enumerable.Range(0, 3).Select(i => Math.Tanh((0.8 * recurrent[i]) + driven[i] + layer.InputBias[i] + layer.HiddenBias[i]))];
            Matrix slopes = LinearAlgebra.PlainMatrix.Diagonal([.. h.Select(value => 0.8 * (1 - (value * value)))]);
            product = LinearAlgebra.PlainMatrix.Multiply(LinearAlgebra.PlainMatrix.Multiply(slopes, layer.Recurrent), product);
        }

        Assert.Equal(Math.Log10(LinearAlgebra.PlainMatrix.SingularValues(product)[0]), reading.Log10SpectralNorm, 1e-11); // 30 steps of small matrices
    }

    private sealed class Matrices(params Matrix[] matrices) : IMatrixSource
    {
        public Matrix Find(string digest) => matrices.First(matrix => matrix.Digest() == digest);
    }
}
