using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Benchmarks;

/// <summary>Experiments in this process, with a run's cache of weights; for drawn matrices only.</summary>
internal sealed class InProcess : IMatrixSource
{
    private const long CacheBytes = 1L << 30;

    private readonly WeightsCache _weights = new(CacheBytes);
    private readonly ExperimentRunner _runner;

    public InProcess() => _runner = new ExperimentRunner(this, _weights);

    /// <summary>How many W₀ were drawn and analysed.</summary>
    public long Draws => _weights.Draws;

    /// <summary>Runs all replicates of a cell.</summary>
    public CellResult Run(CellSpec cell) => Run(cell, [cell.SequenceLength]).Results[0];

    /// <summary>Runs all replicates of a cell once, and reads them at ascending lengths.</summary>
    public ExperimentResult Run(CellSpec cell, int[] lengths)
    {
        IEnumerable<CellSpec> cells = lengths.Select(length => cell with { SequenceLength = length });
        return _runner.Run(new Experiment(0, 0, cell.Replicates, [.. cells.Select(spec => new PlannedReading(spec, CellKey.Of(spec)))], Work: 0));
    }

    public Matrix Find(string digest) => throw new KeyNotFoundException($"the benchmarks have no matrix {digest}");
}
