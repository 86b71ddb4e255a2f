using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The sweeps as a silo works on them: their plans, and what runs their experiments.</summary>
public interface ISweepCatalogue
{
    /// <summary>Ids of the sweeps that may have open experiments, the first entered first.</summary>
    ValueTask<IReadOnlyList<string>> Active();

    /// <summary>The plan of a sweep.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sweep.</exception>
    ValueTask<SweepPlan> Plan(string sweep);

    /// <summary>Runs an experiment of a sweep; safe from any thread.</summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="experiment">What to run.</param>
    /// <param name="stored">The replicates that are stored already, by cell key; null where there are none.</param>
    /// <param name="cancellation">Heeded within milliseconds.</param>
    ExperimentResult Run(string sweep, Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation);
}
