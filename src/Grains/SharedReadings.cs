using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// What a silo finds out about a lease before it runs it, because sweeps may share readings: which readings another sweep has stored since the sweep's ledger
/// was made, and whether another sweep is running one of the others at this moment. Where no other sweep can share readings with this one, and its ledger knows
/// what is stored, the store is not asked, which would cost as much as a small experiment.
/// </summary>
/// <param name="catalogue">The sweeps.</param>
internal sealed class SharedReadings(ISweepCatalogue catalogue)
{
    // Whether other sweeps, by id, may have cells of a plan. It is computed once, as long as the plan is in memory.
    private readonly ConditionalWeakTable<SweepPlan, ConcurrentDictionary<string, bool>> _overlaps = [];

    /// <summary>Checks the experiments of a lease.</summary>
    /// <param name="sweep">Their sweep.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="others">What other sweeps run and may have stored, read before this call, so that what has ended since then is stored.</param>
    public async Task<SharedState> Of(SweepWork sweep, ExperimentLease lease, IReadOnlyList<RunningExperiments> others)
    {
        bool mayBeStored = lease.MayBeStored;
        List<(CellKey Key, Experiment Experiment)> runElsewhere = [];
        foreach (RunningExperiments other in others)
        {
            try
            {
                if (await Overlaps(sweep.Plan, other.Sweep))
                {
                    mayBeStored = true;
                    runElsewhere.AddRange(await Running(other));
                }
            }
            catch (Exception error) when (error is StoreDamagedException or KeyNotFoundException or FormatException)
            {
                mayBeStored = true; // the other sweep was removed meanwhile, or cannot be read, which must not stop this one
            }
        }

        if (!mayBeStored)
        {
            return new SharedState([.. lease.PartlyStored], IsRunElsewhere: false);
        }

        Experiment[] own = [.. lease.Experiments.Select(index => sweep.Plan.Experiments[index])];
        Dictionary<CellKey, ReplicateSet> stored = await Task.Run(() =>
            sweep.Store.Replicates(own.SelectMany(experiment => experiment.Readings.Select(reading => reading.Key)).Distinct()).ToDictionary());
        ILookup<CellKey, Experiment> running = runElsewhere.ToLookup(one => one.Key, one => one.Experiment);
        return new SharedState(
            [.. own.Where(experiment => experiment.Readings.Any(reading => CountStored(experiment, reading) > 0)).Select(experiment => experiment.Index)],
            own.Any(experiment => experiment.Readings.Any(reading =>
                CountStored(experiment, reading) < experiment.ReplicateCount
                && running[reading.Key].Any(other => other.FirstReplicate < experiment.EndReplicate && experiment.FirstReplicate < other.EndReplicate))));

        int CountStored(Experiment experiment, PlannedReading reading) =>
            stored.GetValueOrDefault(reading.Key).CountIn(experiment.FirstReplicate, experiment.EndReplicate);
    }

    private async ValueTask<bool> Overlaps(SweepPlan plan, string other)
    {
        ConcurrentDictionary<string, bool> known = _overlaps.GetOrCreateValue(plan);
        return known.TryGetValue(other, out bool overlaps) ? overlaps : known[other] = PlanOverlap.MayShareReadings(plan, (await catalogue.Find(other)).Plan);
    }

    private async Task<List<(CellKey Key, Experiment Experiment)>> Running(RunningExperiments other)
    {
        SweepPlan plan = (await catalogue.Find(other.Sweep)).Plan;
        return
        [
            .. from index in other.Experiments
               where index < plan.Experiments.Count
               let experiment = plan.Experiments[index]
               from reading in experiment.Readings
               select (reading.Key, experiment),
        ];
    }
}

/// <summary>The result of <see cref="SharedReadings"/>.</summary>
/// <param name="PartlyStored">The experiments with stored readings.</param>
/// <param name="IsRunElsewhere">Whether another sweep is running a reading that is not stored.</param>
internal sealed record SharedState(HashSet<long> PartlyStored, bool IsRunElsewhere);
