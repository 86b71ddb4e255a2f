using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>Gated networks with gaussian weights.</summary>
internal static class GatedSample
{
    public static GatedNetwork Of(NetworkKind kind, int n, ulong seed)
    {
        Matrix weights = PlainMatrix.Map(PlainMatrix.Gaussian(GateBlocks.Of(kind).Count * n, n, seed), w => 1.5 * w / Math.Sqrt(n));
        return kind switch
        {
            NetworkKind.Gru => new GruNetwork(weights, PlainMatrix.Gaussian(n, 1, seed + 1).Values),
            NetworkKind.Lstm => new LstmNetwork(weights),
            NetworkKind.Rnn => new RnnLayer(weights, Activation.Named(ActivationKind.Tanh)),
            _ => new MinimalNetwork(weights, PlainMatrix.Gaussian(n, n, seed + 1), PlainMatrix.Gaussian(n, 1, seed + 2).Values),
        };
    }

    /// <summary>Layers, each above the other.</summary>
    public static StackedNetwork Stack(NetworkKind kind, int n, int layers, ulong seed)
    {
        int rows = GateBlocks.Of(kind).Count * n;
        return new StackedNetwork(
            Of(kind, n, seed),
            [
                .. Enumerable.Range(1, layers - 1).Select(layer => new LayerAbove(
                    Of(kind, n, seed + (10 * (ulong)layer)),
                    PlainMatrix.Map(PlainMatrix.Gaussian(rows, n, seed + (10 * (ulong)layer) + 3), w => w / Math.Sqrt(n)),
                    PlainMatrix.Gaussian(rows, 1, seed + (10 * (ulong)layer) + 4).Values)),
            ]);
    }

    /// <summary>A drive by three inputs.</summary>
    public static Drive Drive(NetworkKind kind, int n) => kind is NetworkKind.Gru or NetworkKind.Lstm
        ? Core.Networks.Drive.Of(n, GateBlocks.Of(kind).DrawOrder, new double[GateBlocks.Of(kind).Count], 3, 0.5, 0.1, 1, 0, null)
        : Core.Networks.Drive.Of(n, 3, 0.5, 0, 0.1, 1, 0, null);
}
