using System.Collections.Concurrent;
using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Grains;

/// <summary>Leases from the sweep grains of a silo's cluster. Experiment grains of this silo run them.</summary>
/// <param name="grains">Creates references to grains.</param>
/// <param name="work">The sweeps.</param>
/// <param name="silo">This silo.</param>
public sealed class SweepLeases(IGrainFactory grains, SiloWork work, ILocalSiloDetails silo) : ILeaseSource
{
    // Leases that have ended but are still recorded in the registry.
    private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _ended = new();

    private readonly FairShare _share = new();
    private readonly SharedReadings _shared = new(work.Catalogue);

    private string Silo { get; } = silo.SiloAddress.ToParsableString();

    /// <inheritdoc/>
    public bool IsFinite => false;

    /// <inheritdoc/>
    public async ValueTask<WorkLease?> Take(CancellationToken cancellation)
    {
        Exception? firstError = null;
        IReadOnlyList<ActiveSweep> active = await work.Catalogue.Active();
        foreach (ActiveSweep sweep in _share.Order(active))
        {
            try
            {
                if (!cancellation.IsCancellationRequested && await grains.GetGrain<ISweepGrain>(sweep.Id).Take(silo.SiloAddress) is { } lease
                    && await Hold(sweep.Id, lease) is { } held)
                {
                    _share.Add(sweep, held.Experiments.Sum(held.Sweep.Plan.Experiments.Work));
                    return held;
                }
            }
            catch (Exception error)
            {
                firstError ??= error; // the other sweeps may still have leases
            }
        }

        return firstError is null ? null : throw new InvalidOperationException(firstError.Message, firstError);
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
            AddEnded(sweep, lease.Key.Id);
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
            AddEnded(sweep, lease);
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
            AddEnded(sweep, lease.Id);
        }

        await Release(sweep);
    }

    // A lease is recorded in the registry before its experiments begin. If one of them kills this silo and the sweep grain with it, the grain's next activation
    // reads there which experiments were running. Returns null when another sweep is running the same readings: they are stored when the lease is granted again.
    private async Task<WorkLease?> Hold(string sweep, ExperimentLease lease)
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

            if (work.Registry is not { } registry)
            {
                return new WorkLease(found, lease.Id, lease.Experiments, lease.PartlyStored.Contains, lease.Submission);
            }

            List<long> over = DequeueEnded(sweep);
            IReadOnlyList<RunningExperiments> others = await Deleting(() => registry.Hold(sweep, Silo, new HeldLease(lease.Id, lease.Experiments), over), sweep, over);
            SharedState shared = await _shared.Of(found, lease, others);
            if (!shared.IsRunElsewhere)
            {
                return new WorkLease(found, lease.Id, lease.Experiments, shared.PartlyStored.Contains, lease.Submission);
            }

            AddEnded(sweep, lease.Id);
            await Release(sweep);
            await grains.GetGrain<ISweepGrain>(sweep).GiveBack([lease.Id]);
            return null;
        }
        catch
        {
            AddEnded(sweep, lease.Id); // it may have been recorded
            await grains.GetGrain<ISweepGrain>(sweep).GiveBack([lease.Id]);
            throw;
        }
    }

    private async Task Release(string sweep)
    {
        if (work.Registry is { } registry && DequeueEnded(sweep) is { Count: > 0 } over)
        {
            await Deleting(
                async () =>
                {
                    await registry.Release(sweep, Silo, over);
                    return true;
                },
                sweep,
                over);
        }
    }

    // Runs a statement that deletes ended leases. When it fails, they are deleted by the next one.
    private async Task<T> Deleting<T>(Func<Task<T>> statement, string sweep, List<long> over)
    {
        try
        {
            return await statement();
        }
        catch
        {
            over.ForEach(lease => AddEnded(sweep, lease));
            throw;
        }
    }

    private void AddEnded(string sweep, long lease) => _ended.GetOrAdd(sweep, _ => new ConcurrentQueue<long>()).Enqueue(lease);

    private List<long> DequeueEnded(string sweep)
    {
        var over = new List<long>();
        while (_ended.TryGetValue(sweep, out ConcurrentQueue<long>? queue) && queue.TryDequeue(out long lease))
        {
            over.Add(lease);
        }

        return over;
    }
}
