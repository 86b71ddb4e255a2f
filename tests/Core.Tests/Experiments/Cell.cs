using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Runs one cell by itself, with nothing kept from any other.</summary>
internal static class Cell
{
    public static Experiment Experiment(long trajectoryBytes, params Matrix[] matrices) =>
        new(new MatrixSource(matrices), new WeightsCache(64 << 20), new TrajectoryCache(trajectoryBytes));

    public static Reading[] RunAll(CellSpec spec, params Matrix[] matrices) => [.. Experiment(0, matrices).Run(spec).Replicates];

    /// <summary>Replicate 0 alone.</summary>
    public static Reading Run(CellSpec spec, params Matrix[] matrices) => RunAll(spec with { Replicates = 1 }, matrices)[0];

    private sealed class MatrixSource(Matrix[] matrices) : IMatrixSource
    {
        public Matrix Find(string digest) => matrices.First(m => m.Digest() == digest);
    }
}
