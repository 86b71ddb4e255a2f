using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>What a step leaves of its gates.</summary>
public sealed class GateTests
{
    private const int N = 5;

    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void The_gates_of_a_step_are_those_of_its_arguments(NetworkKind kind)
    {
        GatedNetwork network = GatedSample.Of(kind, N, 71);
        double[] state = PlainMatrix.Gaussian(network.HiddenSize, 1, 73).Values, drive = PlainMatrix.Gaussian(network.DriveLength, 1, 74).Values;
        double[] products = PlainMatrix.Multiply(network.Weights, state[..N]), slopes = new double[network.SlopeLength];
        network.Advance([.. state], drive, slopes, new double[network.HiddenSize]);

        // Of a minimalRNN, V and b are the sample's, and the drive is what z̃ is the tanh of.
        double[] minimal = PlainMatrix.Multiply(PlainMatrix.Gaussian(N, N, 72), [.. drive.Take(N).Select(Math.Tanh)]), bias = PlainMatrix.Gaussian(N, 1, 73).Values;
        (GateKind Kind, Func<int, double> Argument)[] expected = kind switch
        {
            NetworkKind.Lstm => [(GateKind.Input, Block(0)), (GateKind.Forget, Block(1)), (GateKind.Output, Block(3))],
            NetworkKind.Gru => [(GateKind.Reset, Block(0)), (GateKind.Update, Block(1))],
            _ => [(GateKind.Update, k => products[k] + minimal[k] + bias[k])],
        };
        Assert.Equal(expected.Select(gate => gate.Kind), network.Gates);
        for (int gate = 0; gate < expected.Length; gate++)
        {
            for (int k = 0; k < N; k++)
            {
                double sigma = 1 / (1 + Math.Exp(-expected[gate].Argument(k)));
                Assert.Equal(sigma, network.Gate(slopes, gate)[k], 1e-14); // rounding of sums of N products of order 1
                if (expected[gate].Kind is GateKind.Forget or GateKind.Update)
                {
                    Assert.Equal(sigma, network.Keep(slopes)[k], 1e-14);
                    Assert.Equal(Math.Log(sigma), network.LogKeep(slopes)[k], 1e-13);
                }
            }
        }

        Func<int, double> Block(int block) => k => products[(block * N) + k] + drive[(block * N) + k];
    }

    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void The_logarithm_of_a_gate_that_underflows_is_known(NetworkKind kind)
    {
        double[] slopes = Step(kind, -800, out GatedNetwork network);
        Assert.All(network.Keep(slopes).ToArray(), keep => Assert.Equal(0, keep)); // e^−800 is below the range of a double
        Assert.All(network.LogKeep(slopes).ToArray(), log => Assert.Equal(-800, log)); // ln σ(a) = a − e^a + …
    }

    // ln σ(300) = −e^−300, which is no factor of the Jacobian: with it, exact zeros among singular values would count as inexact.
    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Minimal)]
    public void The_logarithm_of_an_open_gate_is_no_small_factor_of_the_jacobian(NetworkKind kind)
    {
        double[] slopes = Step(kind, 300, out GatedNetwork network);
        Assert.All(network.LogKeep(slopes).ToArray(), log => Assert.Equal(-Math.Exp(-300), log, 1e-144)); // 1e-14 of it
        Assert.False(network.Jacobian.HoldSmallNumbers(slopes));
    }

    [Fact]
    public void A_layer_of_a_stack_has_its_own_gates()
    {
        StackedNetwork stack = GatedSample.Stack(NetworkKind.Gru, N, 2, 81);
        double[] drive = PlainMatrix.Gaussian(stack.DriveLength, 1, 84).Values, slopes = new double[stack.SlopeLength], scratch = new double[stack.HiddenSize];
        double[] start = PlainMatrix.Gaussian(stack.HiddenSize, 1, 83).Values, state = [.. start], upper = new double[stack.Layer(1).SlopeLength];
        stack.Advance(state, drive, slopes, scratch);
        new UpperLayer(stack).Advance([.. start], drive, upper, scratch);

        double[] first = new double[stack.First.SlopeLength];
        stack.First.Advance(start.AsSpan(..N), drive, first, scratch);
        Assert.Equal((2, 1), (stack.GatedLayers, new UpperLayer(stack).GatedLayers));
        for (int gate = 0; gate < stack.Gates.Length; gate++)
        {
            Assert.Equal(stack.First.Gate(first, gate), stack.Gate(slopes, 0, gate));
            Assert.Equal(new UpperLayer(stack).Gate(upper, 0, gate), stack.Gate(slopes, 1, gate));
            Assert.NotEqual(stack.Gate(slopes, 0, gate).ToArray(), stack.Gate(slopes, 1, gate).ToArray());
        }

        Assert.Equal(stack.First.LogKeep(first), stack.LogKeep(slopes, 0));
        Assert.Equal(new UpperLayer(stack).LogKeep(upper, 0), stack.LogKeep(slopes, 1));
    }

    [Fact]
    public void Networks_without_gates_have_none()
    {
        Assert.Empty(GatedSample.Of(NetworkKind.Rnn, N, 1).Gates);
        Assert.Equal(0, GatedSample.Stack(NetworkKind.Rnn, N, 2, 1).GatedLayers);
        INetwork plain = new PlainGatedNetwork(Matrix.Identity(N), Matrix.Identity(N));
        Assert.Empty(plain.Gates);
        Assert.Equal(0, plain.GatedLayers);
    }

    // One step from 0 without recurrent weights; the bias of the gate that keeps the state is given, everything else is 0.
    private static double[] Step(NetworkKind kind, double bias, out GatedNetwork network)
    {
        var weights = new Matrix(GateBlocks.Of(kind).Count * N, N);
        network = kind switch
        {
            NetworkKind.Lstm => new LstmNetwork(weights),
            NetworkKind.Gru => new GruNetwork(weights, new double[N]),
            _ => new MinimalNetwork(weights, null, [.. Enumerable.Repeat(bias, N)]),
        };
        double[] drive = new double[network.DriveLength], slopes = new double[network.SlopeLength];
        if (kind != NetworkKind.Minimal)
        {
            drive.AsSpan(N, N).Fill(bias); // the second block of both
        }

        network.Advance(new double[network.HiddenSize], drive, slopes, new double[network.HiddenSize]);
        return slopes;
    }
}
