using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The catalogue of an embedded silo: the one sweep of this process.</summary>
internal sealed class EmbeddedCatalogue(SweepPlan plan, ExperimentFunction run) : ISweepCatalogue
{
    /// <summary>The sweep's id.</summary>
    public const string Sweep = "run";

    /// <summary>The journal of that sweep. It lives as long as the process, whose plan need not be described to anybody.</summary>
    public static async Task<MemoryJournal> Journal(SweepPlan plan)
    {
        var journal = new MemoryJournal();
        await journal.Enter(Sweep, new SweepDescription(plan.Name, []), new Dictionary<string, Matrix>());
        return journal;
    }

    public ValueTask<IReadOnlyList<string>> Active() => ValueTask.FromResult<IReadOnlyList<string>>([Sweep]);

    ValueTask<SweepPlan> ISweepCatalogue.Plan(string sweep) => ValueTask.FromResult(sweep == Sweep ? plan : throw new KeyNotFoundException(sweep));

    public ExperimentResult Run(string sweep, Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation) =>
        run(experiment, stored, cancellation);
}
