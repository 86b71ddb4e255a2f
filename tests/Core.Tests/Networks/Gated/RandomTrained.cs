using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>Networks with random weights in the form of trained ones.</summary>
internal static class RandomTrained
{
    public static TrainedNetwork Of(NetworkKind kind, int units, int inputs, int layers, int directions, ulong seed)
    {
        var shape = new TrainedShape(kind, units, inputs, layers, directions);
        int rows = shape.Blocks * units;
        return new TrainedNetwork(
            shape,
            [
                .. Enumerable.Range(0, layers * directions).Select(place => new TrainedLayer(
                    Weights(rows, units, (4 * place) + 1, 1.2),
                    Weights(rows, shape.InputsOf(place / directions), (4 * place) + 2, 1),
                    Weights(rows, 1, (4 * place) + 3, 0.3).Values,
                    Weights(rows, 1, (4 * place) + 4, 0.3).Values)),
            ]);

        Matrix Weights(int rows, int columns, int index, double scale) => PlainMatrix.Map(PlainMatrix.Gaussian(rows, columns, seed + (ulong)index), w => scale * w / Math.Sqrt(columns));
    }
}
