using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Runs one cell independently of all others.</summary>
internal static class Cell
{
    public static ExperimentRunner Runner(params Matrix[] matrices) => new(new MatrixSource(matrices), new WeightsCache(64 << 20));

    /// <summary>The readings of all replicates, with their outcomes.</summary>
    public static Reading[] RunAll(CellSpec spec, params Matrix[] matrices) => RunAll(Runner(matrices), spec);

    /// <summary>The same with a given runner, which may have run other cells before.</summary>
    public static Reading[] RunAll(ExperimentRunner runner, CellSpec spec)
    {
        ExperimentResult result = runner.Run(PlanExperiments.Of(spec));
        Assert.Empty(result.Failures);
        CellResult cell = Assert.Single(result.Results);
        Assert.Equal((spec, CellKey.Of(spec)), (cell.Spec, cell.Key));
        return [.. CellResult.Of(spec, cell.Key, cell.Replicates).Replicates];
    }

    /// <summary>Replicate 0 only.</summary>
    public static Reading Run(CellSpec spec, params Matrix[] matrices) => RunAll(spec with { Replicates = 1 }, matrices)[0];

    private sealed class MatrixSource(Matrix[] matrices) : IMatrixSource
    {
        public Matrix Find(string digest) => matrices.First(m => m.Digest() == digest);
    }
}
