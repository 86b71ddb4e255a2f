using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>The start of an activation: the ledger, from the registry and the store.</content>
internal sealed partial class SweepGrain
{
    // Cells of one query, which takes some tenths of a second.
    private const int CellsAtATime = 8192;

    // Claims the sweep, and starts to make its ledger. Calls do not wait for its end.
    private async Task Recall(bool isUrgent = false)
    {
        if (!isUrgent && pauses.IsPaused(Sweep))
        {
            return;
        }

        if (await Here(work.Registry!.Claim(Sweep)) is not { } epoch || await Here(work.Registry.Recall(Sweep)) is not { } history)
        {
            return;
        }

        // What this activation has noted is no longer in the registry when the sweep was entered again.
        (_epoch, _state, _cells, _ledger, _noted, _recalled) = (Math.Max(_epoch, epoch), history.State, history.Cells, null, default, history.Counts);
        long claimed = _epoch;
        _loading = Persist(() => UnlessDamaged(() => Load(history, claimed)));
    }

    // Where stored data of this sweep are damaged, trying again at once would not help.
    private async Task UnlessDamaged(Func<Task> load)
    {
        try
        {
            await load();
            _damage = null;
        }
        catch (StoreDamagedException error)
        {
            _damage = (error.Message, Now());
            LogDamaged(log, Sweep, error.Message);
        }
        catch (KeyNotFoundException)
        {
            _state = null; // the sweep was removed
        }
    }

    // A small sweep is compared with the store before its first lease. A large one would take minutes, so its leases begin at once, and the silos look in the
    // store for what the ledger does not know yet.
    private async Task Load(SweepHistory history, long claimed)
    {
        using Activity? trace = Telemetry.Traces.StartActivity("recall");
        trace?.SetTag("rnnsweep.sweep", Sweep);
        SweepWork sweep = await work.Catalogue.Find(Sweep);
        SweepPlan plan = sweep.Plan;
        ILookup<CellKey, ReadingFailure> failures = (await work.Registry!.Failures(Sweep)).ToLookup(failure => failure.Key);
        bool isLarge = plan.CellCount > work.Options.MostCellsAtStart;
        CellKey firstCell = plan.Planned(0).Key;

        // A random first id keeps the lease ids of different activations distinct.
        SweepLedger ledger = await Task.Run(() => new SweepLedger(
            plan,
            leaseTime: s_leaseTime,
            lastLease: Random.Shared.NextInt64(1L << 62),
            done: isLarge && history.Parts is { } parts && parts.FirstCell == firstCell ? parts.Parts : []));

        // What was running is compared first: of a lease that is lost, the first experiment that is not stored counts as the one that its silo was running.
        IEnumerable<long> running = history.Held.SelectMany(held => held.Lease.Experiments).Concat(history.Losses.Keys);
        await Compare(ledger, sweep, [.. running.Where(IsExperiment).Select(plan.Experiments.TrajectoryOf).Distinct()], failures);
        if (!isLarge)
        {
            await CompareAll(ledger, sweep, failures, claimed);
        }

        if (claimed != _epoch)
        {
            return; // the sweep was entered again meanwhile
        }

        RecordLosses(ledger.Restore(
            history.Losses.Where(loss => IsExperiment(loss.Key)).ToDictionary(),
            history.Held.Select(held => (held.Lease.Id, held.Silo, (IReadOnlyList<long>)[.. held.Lease.Experiments.Where(IsExperiment)])),
            Now()));
        (_ledger, _recordKey) = (ledger, isLarge ? firstCell : null);
        _silos.UnionWith(history.Held.Select(held => held.Silo));
        LogRecalled(log, Sweep, ledger.Counts.Done, ledger.Counts.Cells, history.Held.Length);
        EndIfFinished(ledger);
        if (isLarge)
        {
            _ = Persist(() => UnlessDamaged(async () =>
            {
                await CompareAll(ledger, sweep, failures, claimed);
                if (claimed == _epoch)
                {
                    EndIfFinished(ledger);
                }
            }));
        }

        bool IsExperiment(long index) => index >= 0 && index < plan.Experiments.Count;
    }

    private async Task CompareAll(SweepLedger ledger, SweepWork sweep, ILookup<CellKey, ReadingFailure> failures, long claimed)
    {
        int most = Math.Max(1, CellsAtATime / sweep.Plan.SequenceLengthCount);
        while (claimed == _epoch && ledger.Uncompared(most) is { Count: > 0 } trajectories)
        {
            await Compare(ledger, sweep, trajectories, failures);
            ledger.Compared = trajectories[^1] + 1;
        }

        ledger.Compared = sweep.Plan.TrajectoryCount;
    }

    private async Task Compare(SweepLedger ledger, SweepWork sweep, IReadOnlyList<long> trajectories, ILookup<CellKey, ReadingFailure> failures)
    {
        foreach (StoredTrajectory stored in trajectories.Count == 0 ? [] : await Here(Task.Run(() => StoredTrajectory.Read(sweep.Plan, sweep.Store, trajectories))))
        {
            ledger.Mark(stored, key => failures[key]);
        }
    }

    // Before this activation has claimed the sweep, because it leaves it to another one that it cannot see, its counts are those that the other records.
    private async Task<SweepProgress?> RecordedProgress() =>
        (await Here(work.Registry!.Sweeps())).FirstOrDefault(entry => entry.Id == Sweep) is { } entry ? Progress(entry.State, entry.Done, entry.Failed, entry.Cells) : null;

    private static SweepProgress Progress(SweepState state, long done, long failed, long cells) => new(state, done, failed, 0, cells - done - failed, 0, 0, 0, [], []);

    [LoggerMessage(Level = LogLevel.Information, Message = "The grain of sweep {Sweep} is active on this silo: {Done} of {Cells} cells done, {Leases} leases granted")]
    private static partial void LogRecalled(ILogger log, string sweep, long done, long cells, int leases);
}
