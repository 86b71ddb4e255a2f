using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
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
            _ => new MinimalNetwork(weights, PlainMatrix.Gaussian(n, n, seed + 1), PlainMatrix.Gaussian(n, 1, seed + 2).Values),
        };
    }

    /// <summary>A drive by three inputs.</summary>
    public static Drive Drive(NetworkKind kind, int n) => kind is NetworkKind.Gru or NetworkKind.Lstm
        ? Core.Networks.Drive.Of(n, GateBlocks.Of(kind).DrawOrder, new double[GateBlocks.Of(kind).Count], 3, 0.5, 0.1, 1, 0, null)
        : Core.Networks.Drive.Of(n, 3, 0.5, 0, 0.1, 1, 0, null);
}
