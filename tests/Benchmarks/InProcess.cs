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

    public CellResult Run(CellSpec cell, Onward onward = default) => _experiment.Run(cell, onward);

    /// <summary>Runs a cell at ascending lengths, each of which goes on where the one before it ended.</summary>
    public void Run(CellSpec cell, int[] lengths)
    {
        foreach ((int length, Onward onward) in lengths.Zip(Onward.Along(lengths, i => i + 1 < lengths.Length)))
        {
            Run(cell with { SequenceLength = length }, onward);
        }
    }

    public Matrix Find(string digest) => throw new KeyNotFoundException($"the benchmarks have no matrix {digest}");
}
