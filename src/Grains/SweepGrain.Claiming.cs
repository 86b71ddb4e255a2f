using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>The claim of the sweep, and its ledger, from the registry and the store.</content>
internal sealed partial class SweepGrain
{
    // Cells of one query, which takes some tenths of a second.
    private const int CellsAtATime = 8192;

    // Where stored data of the sweep are damaged, reading them again at once would not help.
    private bool NeedsClaim => _claim is null || (_claim.Damage is { } damage && Now() - damage.Time > s_damageRetry);

    private async Task ClaimIfNeeded()
    {
        if (NeedsClaim && !pauses.IsPaused(Sweep))
        {
            await InTurn(async () => _ = NeedsClaim ? await Claim() : _claim);
        }
    }

    // Claims the sweep, and starts to make its ledger; calls do not wait for its end. Null where there is no such sweep. The caller has the turn.
    private async Task<SweepClaim?> Claim()
    {
        (_claim, _isAbsent) = (null, false);
        if (await work.Registry!.Claim(Sweep) is not { } epoch || await work.Registry.Recall(Sweep) is not { } history)
        {
            _isAbsent = true;
            return null;
        }

        _claim = new SweepClaim(epoch, history);
        _claim.Loading = WhileClaimed(_claim, Load);
        return _claim;
    }

    // Retries an action until it succeeds, the sweep turns out to be damaged or removed, or this claim is no longer the present one.
    private Task WhileClaimed(SweepClaim claim, Func<SweepClaim, Task> action) => Persist(async () =>
    {
        try
        {
            await (claim == _claim ? action(claim) : Task.CompletedTask);
        }
        catch (StoreDamagedException error)
        {
            claim.Fail(error.Message, Now());
            LogDamaged(log, Sweep, error.Message);
            _ = Persist(RecordChanges);
        }
        catch (KeyNotFoundException) when (claim == _claim)
        {
            (_claim, _isAbsent) = (null, true); // the sweep was removed
        }
    });

    // A small sweep is compared with the store before its first lease. A large one would take minutes, so its leases begin at once, and the silos look in the
    // store for what the ledger does not know yet.
    private async Task Load(SweepClaim claim)
    {
        using Activity? trace = Telemetry.Traces.StartActivity("recall");
        trace?.SetTag("rnnsweep.sweep", Sweep);
        SweepWork sweep = await Task.Run(async () => await work.Catalogue.Find(Sweep));
        SweepPlan plan = sweep.Plan;
        ILookup<CellKey, ReadingFailure> failures = (await work.Registry!.Failures(Sweep)).ToLookup(failure => failure.Key);
        bool isLarge = plan.CellCount > work.Options.MostCellsAtStart;
        CellKey firstCell = plan.Planned(0).Key;

        // A random first id keeps the lease ids of different claims distinct.
        SweepLedger ledger = await Task.Run(() => new SweepLedger(
            plan, leaseTime: s_leaseTime, lastLease: Random.Shared.NextInt64(1L << 62), done: isLarge ? claim.Parts(firstCell) : []));

        // What was running is compared first: of a lease that is lost, the first experiment that is not stored counts as the one that its silo was running.
        await Compare(ledger, sweep, [.. claim.Running(plan).Select(plan.Experiments.TrajectoryOf).Distinct()], failures);
        if (!isLarge)
        {
            await CompareAll(claim, ledger, sweep, failures);
        }

        if (claim != _claim)
        {
            return;
        }

        RecordLosses(claim, claim.Start(ledger, isLarge ? firstCell : null, Now()));
        LogRecalled(log, Sweep, ledger.Counts.Done, ledger.Counts.Cells, claim.HeldLeases);
        EndIfFinished(claim);
        if (isLarge)
        {
            _ = WhileClaimed(claim, async _ =>
            {
                await CompareAll(claim, ledger, sweep, failures);
                EndIfFinished(claim);
            });
        }
    }

    private async Task CompareAll(SweepClaim claim, SweepLedger ledger, SweepWork sweep, ILookup<CellKey, ReadingFailure> failures)
    {
        int most = Math.Max(1, CellsAtATime / sweep.Plan.SequenceLengthCount);
        while (claim == _claim && ledger.Uncompared(most) is { Count: > 0 } trajectories)
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

    // Of a sweep that this activation has not claimed, because it leaves it to another one that it cannot see, the progress is what the other has recorded.
    private async Task<SweepProgress?> RecordedProgress() => (await Here(work.Registry!.Sweeps())).FirstOrDefault(entry => entry.Id == Sweep) is { } entry
        ? SweepClaim.ProgressOf(entry.State, entry.Done, entry.Failed, entry.Cells)
        : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "The grain of sweep {Sweep} is active on this silo: {Done} of {Cells} cells done, {Leases} leases granted")]
    private static partial void LogRecalled(ILogger log, string sweep, long done, long cells, int leases);
}
