using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Benchmarks;

/// <summary>Cells computed in this process, with the caches that a run has; drawn matrices only.</summary>
internal sealed class InProcess : IMatrixSource
{
    private const long CacheBytes = 1L << 30;

    private readonly WeightsCache _weights = new(CacheBytes);
    private readonly TrajectoryCache _trajectories = new(CacheBytes);
    private readonly Experiment _experiment;

    public InProcess() => _experiment = new Experiment(this, _weights, _trajectories);

    /// <summary>How many W₀ were drawn and analysed.</summary>
    public long Draws => _weights.Draws;

    /// <summary>How many trajectories had to start from step 0.</summary>
    public long Starts => _trajectories.Misses;

    public CellResult Run(CellSpec cell, bool goesOn = false) => _experiment.Run(cell, goesOn);

    /// <summary>Runs a cell at ascending lengths, each of which goes on where the one before it ended.</summary>
    public void Run(CellSpec cell, int[] lengths)
    {
        for (int i = 0; i < lengths.Length; i++)
        {
            Run(cell with { SequenceLength = lengths[i] }, goesOn: i + 1 < lengths.Length);
        }
    }

    public Matrix Find(string digest) => throw new KeyNotFoundException($"the benchmarks have no matrix {digest}");
}
