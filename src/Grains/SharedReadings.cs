using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// What a silo finds out about a lease before it runs it, because sweeps may share readings: which readings another sweep has stored since the sweep's ledger
/// was made, and whether another sweep is running one of the others at this moment.
/// </summary>
/// <param name="catalogue">The sweeps.</param>
internal sealed class SharedReadings(ISweepCatalogue catalogue)
{
    /// <summary>Checks the experiments of a lease.</summary>
    /// <param name="sweep">Their sweep.</param>
    /// <param name="experiments">Their indices.</param>
    /// <param name="others">Experiments that other sweeps run, read before this call, so that what has ended since then is stored.</param>
    public async Task<SharedState> Of(SweepWork sweep, ImmutableArray<long> experiments, IReadOnlyList<RunningExperiments> others)
    {
        Experiment[] own = [.. experiments.Select(index => sweep.Plan.Experiments[index])];
        Dictionary<CellKey, ReplicateSet> stored = await Task.Run(() =>
            sweep.Store.Replicates(own.SelectMany(experiment => experiment.Readings.Select(reading => reading.Key)).Distinct()).ToDictionary());
        HashSet<long> partlyStored = [.. own.Where(experiment => experiment.Readings.Any(reading => CountStored(experiment, reading) > 0)).Select(experiment => experiment.Index)];
        if (others.Count == 0)
        {
            return new SharedState(partlyStored, IsRunElsewhere: false);
        }

        ILookup<CellKey, Experiment> running = (await Running(others)).ToLookup(one => one.Key, one => one.Experiment);
        return new SharedState(partlyStored, own.Any(experiment => experiment.Readings.Any(reading =>
            CountStored(experiment, reading) < experiment.ReplicateCount
            && running[reading.Key].Any(other => other.FirstReplicate < experiment.EndReplicate && experiment.FirstReplicate < other.EndReplicate))));

        int CountStored(Experiment experiment, PlannedReading reading) =>
            stored.GetValueOrDefault(reading.Key).CountIn(experiment.FirstReplicate, experiment.EndReplicate);
    }

    private async Task<List<(CellKey Key, Experiment Experiment)>> Running(IReadOnlyList<RunningExperiments> others)
    {
        List<(CellKey, Experiment)> running = [];
        foreach (RunningExperiments other in others)
        {
            // The readings of a sweep that was removed meanwhile or is damaged may be computed twice; they are stored once.
            if (await TryFind(other.Sweep) is not { } sweep)
            {
                continue;
            }

            foreach (Experiment experiment in other.Experiments.Where(index => index < sweep.Plan.Experiments.Count).Select(index => sweep.Plan.Experiments[index]))
            {
                running.AddRange(experiment.Readings.Select(reading => (reading.Key, experiment)));
            }
        }

        return running;
    }

    private async Task<SweepWork?> TryFind(string sweep)
    {
        try
        {
            return await catalogue.Find(sweep);
        }
        catch (Exception error) when (error is KeyNotFoundException or StoreDamagedException)
        {
            return null;
        }
    }
}

/// <summary>The result of <see cref="SharedReadings"/>.</summary>
/// <param name="PartlyStored">The experiments with stored readings.</param>
/// <param name="IsRunElsewhere">Whether another sweep is running a reading that is not stored.</param>
internal sealed record SharedState(HashSet<long> PartlyStored, bool IsRunElsewhere);
