using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks.Gated;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Cells of trained networks with several layers, directions, sequences and initial states, against plain loops.</summary>
public sealed class TrainedStackTests
{
    private const int Units = 4, Inputs = 3, Steps = 9;

    // Central differences of the whole run from x_0 to x_T, which use nothing but the equations of a step in plain loops.
    [Theory]
    [InlineData(NetworkKind.Rnn, ActivationKind.Tanh)]
    [InlineData(NetworkKind.Gru, ActivationKind.Tanh)]
    [InlineData(NetworkKind.Lstm, ActivationKind.Tanh)]
    public void The_layers_are_one_state_whose_product_is_the_derivative_of_the_run(NetworkKind kind, ActivationKind activation)
    {
        TrainedNetwork network = RandomTrained.Of(kind, Units, Inputs, 2, 1, 11);
        Matrix packed = network.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 12);
        CellSpec spec = Spec(network, packed, input) with { Activation = activation, MeasuresSpectrum = true };
        double[] start = PlainMatrix.Gaussian(spec.StateSize, 1, 13).Values;
        var initial = new Matrix(spec.StateSize, 1, start);
        Reading reading = Cell.Run(spec with { InitialStateDigest = initial.Digest() }, packed, input, initial);

        Matrix product = Differences(start, x => PlainTrained.Run(network, x, input, layers: 2));
        double[] singular = PlainMatrix.SingularValues(product);

        // Differences in steps of 1e-4 with one extrapolation have errors of order 1e-12; small singular values lose what the largest has more.
        Assert.Equal(Math.Log10(singular[0]), reading.Log10SpectralNorm, 1e-9);
        for (int i = 0; i < singular.Length && singular[i] > 1e-6 * singular[0]; i++)
        {
            Assert.Equal(Math.Log10(singular[i]), reading.Spectrum!.Log10SingularValues[i], 1e-5);
        }

        Assert.Equal(reading.Log10AbsDeterminant, Enumerable.Range(0, spec.StateSize).Sum(i => reading.Spectrum!.Log10SingularValues[i]), 1e-9 * Math.Abs(reading.Log10AbsDeterminant));
        Assert.True(double.IsNaN(reading.MeanSlope));
    }

    [Theory]
    [InlineData(NetworkKind.Rnn)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    public void One_layer_is_measured_with_the_layers_below_as_its_input(NetworkKind kind)
    {
        TrainedNetwork network = RandomTrained.Of(kind, Units, Inputs, 3, 1, 21);
        Matrix packed = network.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 22);
        int layerSize = kind == NetworkKind.Lstm ? 2 * Units : Units;
        double[] start = PlainMatrix.Gaussian(3 * layerSize, 1, 23).Values;
        for (int layer = 0; layer < 3; layer++)
        {
            CellSpec spec = Spec(network, packed, input) with { Layer = layer };
            Assert.Equal(layerSize, spec.StateSize);
            double[] below = start[..((layer + 1) * layerSize)];
            var initial = new Matrix(1, below.Length, below);
            Reading reading = Cell.Run(spec with { InitialStateDigest = initial.Digest() }, packed, input, initial);

            Matrix product = Differences(below[^layerSize..], own => PlainTrained.Run(network, [.. below[..^layerSize], .. own], input, layer + 1)[^layerSize..]);
            Assert.Equal(Math.Log10(PlainMatrix.SingularValues(product)[0]), reading.Log10SpectralNorm, 1e-9); // as above
        }
    }

    // The determinant of a block triangular matrix is the product of those of its blocks.
    [Theory]
    [InlineData(NetworkKind.Rnn)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    public void The_determinant_of_a_stack_is_the_product_of_the_determinants_of_its_layers(NetworkKind kind)
    {
        TrainedNetwork network = RandomTrained.Of(kind, Units, Inputs, 2, 1, 31);
        Matrix packed = network.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 32);
        CellSpec spec = Spec(network, packed, input) with { InitialState = 0.3 };
        double whole = Cell.Run(spec, packed, input).Log10AbsDeterminant;
        double layers = new[] { 0, 1 }.Sum(layer => Cell.Run(spec with { Layer = layer }, packed, input).Log10AbsDeterminant);
        Assert.Equal(whole, layers, 1e-10 * Math.Abs(whole)); // sums of some hundred logarithms
    }

    [Fact]
    public void The_lags_of_a_stack_end_at_its_whole_product()
    {
        TrainedNetwork network = RandomTrained.Of(NetworkKind.Gru, Units, Inputs, 2, 1, 41);
        Matrix packed = network.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 42);
        Reading reading = Cell.Run(Spec(network, packed, input) with { MeasuresLags = true }, packed, input);
        Assert.Equal(reading.Log10SpectralNorm, reading.Lags!.Log10SpectralNorms[^1], 1e-10); // two orders of the same products
    }

    [Theory]
    [InlineData(NetworkKind.Rnn)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    public void The_backward_direction_runs_from_the_last_input_to_the_first(NetworkKind kind)
    {
        TrainedNetwork both = RandomTrained.Of(kind, Units, Inputs, 1, 2, 51);
        TrainedNetwork second = new(both.Shape with { Directions = 1 }, [both.Layers[1]]);
        Matrix packed = both.Pack(), alone = second.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 52), reversed = new(Steps, Inputs);
        for (int t = 0; t < Steps; t++)
        {
            input.Row(Steps - 1 - t).CopyTo(reversed.Row(t));
        }

        Reading backward = Cell.Run(Spec(both, packed, input) with { Direction = Direction.Backward }, packed, input);
        Reading expected = Cell.Run(Spec(second, alone, reversed), alone, reversed);
        Assert.Equal(expected, backward);
        Assert.NotEqual(expected.Log10SpectralNorm, Cell.Run(Spec(both, packed, input), packed, input).Log10SpectralNorm);
    }

    [Fact]
    public void Each_replicate_takes_its_own_sequence_and_initial_state()
    {
        TrainedNetwork network = RandomTrained.Of(NetworkKind.Lstm, Units, Inputs, 1, 1, 61);
        Matrix packed = network.Pack(), inputs = PlainMatrix.Gaussian(3 * Steps, Inputs, 62), states = PlainMatrix.Gaussian(3, 2 * Units, 63);
        CellSpec spec = Spec(network, packed, inputs) with { InputSequences = 3, InitialStateDigest = states.Digest(), Replicates = 3 };
        Reading[] readings = Cell.RunAll(spec, packed, inputs, states);
        for (int s = 0; s < 3; s++)
        {
            var sequence = new Matrix(Steps, Inputs, inputs.Values[(s * Steps * Inputs)..((s + 1) * Steps * Inputs)]);
            Matrix product = Differences([.. states.Row(s)], x => PlainTrained.Run(network, x, sequence, 1));
            Assert.Equal(Math.Log10(PlainMatrix.SingularValues(product)[0]), readings[s].Log10SpectralNorm, 1e-9); // as above
        }
    }

    [Fact]
    public void Layers_directions_sequences_and_initial_states_are_in_the_key()
    {
        CellSpec spec = new() { NetworkDigest = "n", Network = NetworkKind.Lstm, NetworkLayers = 2, InputDigest = "i" };
        CellSpec[] different =
        [
            spec, spec with { Layer = 0 }, spec with { Layer = 1 }, spec with { Direction = Direction.Backward }, spec with { InputSequences = 2 }, spec with { InputSequences = 3 },
            spec with { InitialStateDigest = "s" }, spec with { InitialStateDigest = "t" },
        ];
        Assert.Equal(different.Length, different.Select(CellKey.Of).Distinct().Count());
    }

    [Fact]
    public void Weights_between_layers_beyond_the_range_are_a_status()
    {
        TrainedNetwork network = RandomTrained.Of(NetworkKind.Rnn, Units, Inputs, 2, 1, 71);
        network.Layers[1].Input[0, 0] = 1e200;
        Matrix packed = network.Pack(), input = PlainMatrix.Gaussian(Steps, Inputs, 72);
        Assert.Equal(ReplicateStatus.StateOverflow, Cell.Run(Spec(network, packed, input), packed, input).Status);
    }

    private static CellSpec Spec(TrainedNetwork network, Matrix packed, Matrix input) => new()
    {
        Network = network.Shape.Kind,
        NetworkDigest = packed.Digest(),
        NetworkLayers = network.Shape.Layers,
        HiddenSize = network.Shape.Units,
        InputSize = network.Shape.Inputs,
        State = StateForm.PostActivation,
        Scaling = WeightScaling.Expected,
        InputDigest = input.Digest(),
        InputScale = 1,
        InitialScale = 0,
        SequenceLength = Steps,
        Replicates = 1,
    };

    private static Matrix Differences(double[] start, Func<double[], double[]> run)
    {
        const double H = 1e-3;
        int n = start.Length;
        var result = new Matrix(n, n);
        for (int j = 0; j < n; j++)
        {
            double[] wide = Difference(H), narrow = Difference(H / 2), narrower = Difference(H / 4);
            for (int i = 0; i < n; i++)
            {
                double first = ((4 * narrow[i]) - wide[i]) / 3, second = ((4 * narrower[i]) - narrow[i]) / 3;
                result[i, j] = ((16 * second) - first) / 15;
            }

            double[] Difference(double h) => [.. After(h).Zip(After(-h), (above, below) => (above - below) / (2 * h))];

            double[] After(double h)
            {
                double[] x = [.. start];
                x[j] += h;
                return run(x);
            }
        }

        return result;
    }
}
