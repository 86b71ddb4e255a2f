using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The equations of nn.RNN (tanh), nn.GRU and nn.LSTM as PyTorch documents them, in plain loops over units.</summary>
internal static class PlainTrained
{
    /// <summary>The state after the rows of an input: for each layer h, of an LSTM h and c.</summary>
    /// <param name="network">The network, of one direction.</param>
    /// <param name="start">The state before.</param>
    /// <param name="input">A row for each step.</param>
    /// <param name="layers">Number of layers that run.</param>
    public static double[] Run(TrainedNetwork network, double[] start, Matrix input, int layers)
    {
        int size = start.Length / layers;
        double[] state = [.. start];
        for (int t = 0; t < input.Rows; t++)
        {
            double[] u = [.. input.Row(t)];
            for (int layer = 0; layer < layers; layer++)
            {
                double[] next = Step(network.Shape.Kind, network.Layers[layer], state[(layer * size)..((layer + 1) * size)], u);
                next.CopyTo(state, layer * size);
                u = next[..network.Shape.Units];
            }
        }

        return state;
    }

    private static double[] Step(NetworkKind kind, TrainedLayer layer, double[] old, double[] u)
    {
        int n = layer.Recurrent.Columns;
        double[] h = old[..n], recurrent = PlainMatrix.Multiply(layer.Recurrent, h), driven = PlainMatrix.Multiply(layer.Input, u);
        double Recurrent(int block, int i) => recurrent[(block * n) + i] + layer.HiddenBias[(block * n) + i];
        double Driven(int block, int i) => driven[(block * n) + i] + layer.InputBias[(block * n) + i];
        double Gate(int block, int i) => 1 / (1 + Math.Exp(-Recurrent(block, i) - Driven(block, i)));
        var next = new double[old.Length];
        for (int i = 0; i < n; i++)
        {
            switch (kind)
            {
                case NetworkKind.Rnn:
                    next[i] = Math.Tanh(Recurrent(0, i) + Driven(0, i));
                    break;
                case NetworkKind.Gru:
                    double z = Gate(1, i);
                    next[i] = ((1 - z) * Math.Tanh(Driven(2, i) + (Gate(0, i) * Recurrent(2, i)))) + (z * h[i]);
                    break;
                default:
                    next[n + i] = (Gate(1, i) * old[n + i]) + (Gate(0, i) * Math.Tanh(Recurrent(2, i) + Driven(2, i)));
                    next[i] = Gate(3, i) * Math.Tanh(next[n + i]);
                    break;
            }
        }

        return next;
    }
}
