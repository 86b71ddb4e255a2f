using System.Collections.Concurrent;
using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Grains;

/// <summary>Leases of the sweep grains of a silo's cluster, whose experiments grains of this silo run.</summary>
/// <param name="grains">Calls grains.</param>
/// <param name="work">The sweeps.</param>
/// <param name="silo">This silo.</param>
public sealed class SweepLeases(IGrainFactory grains, SiloWork work, ILocalSiloDetails silo) : ILeaseSource
{
    // Leases that are over, and are still noted in the registry.
    private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _over = new();

    private string Silo { get; } = silo.SiloAddress.ToParsableString();

    /// <inheritdoc/>
    public bool IsFinite => false;

    /// <inheritdoc/>
    public async ValueTask<WorkLease?> Take(CancellationToken cancellation)
    {
        Exception? trouble = null;
        foreach (string sweep in await work.Catalogue.Active())
        {
            try
            {
                if (!cancellation.IsCancellationRequested && await grains.GetGrain<ISweepGrain>(sweep).Take(silo.SiloAddress) is { } lease)
                {
                    return await Hold(sweep, lease);
                }
            }
            catch (Exception error)
            {
                trouble ??= error; // the other sweeps go on
            }
        }

        return trouble is null ? null : throw new InvalidOperationException(trouble.Message, trouble);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads)
    {
        string key = lease.Sweep.Plan.Experiments.LongestKey(lease.Experiments[0]).ToString();
        return (await grains.GetGrain<IExperimentGrain>(key).Run(lease.Sweep.Id, lease.Id)).Outcomes;
    }

    /// <inheritdoc/>
    public Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes)
    {
        foreach (var lease in outcomes.GroupBy(outcome => outcome.Lease).Where(lease => lease.Last().Experiment == lease.Key.Experiments[^1]))
        {
            NoteOver(sweep, lease.Key.Id);
        }

        return grains.GetGrain<ISweepGrain>(sweep).Settle(
        [
            .. outcomes.Select(outcome => new ExperimentReport(
                outcome.Experiment, [.. outcome.Result.Failures.Select(failure => new FailedReading(failure.Key.ToString(), failure.Replicate, failure.Reason))])),
        ]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases)
    {
        ImmutableArray<long> over = await grains.GetGrain<ISweepGrain>(sweep).Renew(
            silo.SiloAddress, [.. leases.Select(lease => new HeldLease(lease.Id, [.. lease.Experiments]))]);
        foreach (long lease in over)
        {
            NoteOver(sweep, lease);
        }

        await Release(sweep);
        return over;
    }

    /// <inheritdoc/>
    public async Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases)
    {
        await grains.GetGrain<ISweepGrain>(sweep).GiveBack([.. leases.Select(lease => lease.Id)]);
        foreach (WorkLease lease in leases)
        {
            NoteOver(sweep, lease.Id);
        }

        await Release(sweep);
    }

    // A lease is noted in the registry before its experiments begin: if one kills this silo together with the sweep grain, the next activation learns from it which one.
    private async Task<WorkLease> Hold(string sweep, ExperimentLease lease)
    {
        try
        {
            SweepWork found = await work.Catalogue.Find(sweep);
            CellKey key = found.Plan.Experiments.LongestKey(lease.Experiments[0]);
            if (key.ToString() != lease.Key)
            {
                throw new InvalidOperationException(
                    $"experiment {lease.Experiments[0]} of {sweep} is {key} on this silo, and not {lease.Key}; all silos of a cluster must have the same version of rnnsweep");
            }

            if (work.Registry is { } registry)
            {
                await registry.Hold(sweep, Silo, new HeldLease(lease.Id, lease.Experiments), TakeOver(sweep));
            }

            return new WorkLease(found, lease.Id, lease.Experiments, lease.PartlyStored.Contains, lease.Submission);
        }
        catch
        {
            await grains.GetGrain<ISweepGrain>(sweep).GiveBack([lease.Id]);
            throw;
        }
    }

    private async Task Release(string sweep)
    {
        if (work.Registry is { } registry && TakeOver(sweep) is { Count: > 0 } over)
        {
            await registry.Release(sweep, Silo, over);
        }
    }

    private void NoteOver(string sweep, long lease) => _over.GetOrAdd(sweep, _ => new ConcurrentQueue<long>()).Enqueue(lease);

    // Where the registry is out of reach, these leases stay noted there. Their experiments are done, so a later death of the silo is not counted against them.
    private List<long> TakeOver(string sweep)
    {
        var over = new List<long>();
        while (_over.TryGetValue(sweep, out ConcurrentQueue<long>? queue) && queue.TryDequeue(out long lease))
        {
            over.Add(lease);
        }

        return over;
    }
}
