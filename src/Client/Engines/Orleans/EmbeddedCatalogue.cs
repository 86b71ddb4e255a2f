using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The catalogue of an embedded silo, which has only the sweep of this process.</summary>
internal sealed class EmbeddedCatalogue(SweepPlan plan, IResultStore store, ExperimentFunction run) : ISweepCatalogue
{
    /// <summary>The sweep's id.</summary>
    public const string Sweep = "run";

    /// <summary>The sweep.</summary>
    public SweepWork Work { get; } = new(Sweep, plan, store, run);

    public ValueTask<IReadOnlyList<ActiveSweep>> Active() => ValueTask.FromResult<IReadOnlyList<ActiveSweep>>([new(Sweep)]);

    public ValueTask<SweepWork> Find(string sweep) => sweep == Sweep ? ValueTask.FromResult(Work) : throw new KeyNotFoundException(sweep);
}
