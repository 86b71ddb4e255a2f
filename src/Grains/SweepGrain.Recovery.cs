using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>What a sweep grain reads and writes outside its calls: the ledger, rebuilt from the store; the losses of dead silos; the progress counts.</content>
internal sealed partial class SweepGrain
{
    // Starts to rebuild the ledger from the store and the registry. Calls do not wait for its end: a sweep of ten million cells takes a minute.
    private async Task Recall()
    {
        if (await work.Registry!.Recall(Sweep) is not { } history)
        {
            return;
        }

        (_state, _cells, _ledger) = (history.State, history.Cells, null);
        _loading = Persist(async () =>
        {
            using Activity? trace = Telemetry.Traces.StartActivity("recall");
            trace?.SetTag("rnnsweep.sweep", Sweep);
            SweepLedger ledger = await Task.Run(Load);
            RecordLosses(ledger.Restore(
                history.Losses.Where(loss => IsExperiment(loss.Key)).ToDictionary(),
                history.Held.Select(held => (held.Lease.Id, held.Silo, (IReadOnlyList<long>)[.. held.Lease.Experiments.Where(IsExperiment)])),
                Now()));
            _ledger = ledger;
            _silos.UnionWith(history.Held.Select(held => held.Silo));
            LogRecalled(log, Sweep, ledger.Counts.Done, ledger.Counts.Cells, history.Held.Length);
            EndIfFinished(ledger);

            bool IsExperiment(long index) => index >= 0 && index < ledger.Plan.Experiments.Count;
        });
    }

    private async Task<SweepLedger> Load()
    {
        SweepWork sweep = await work.Catalogue.Find(Sweep);
        SweepPlan plan = sweep.Plan;
        var stored = sweep.Store.Replicates(plan.PlannedCells().Select(cell => cell.Key)).ToDictionary();
        ILookup<CellKey, ReadingFailure> failures = (await work.Registry!.Failures(Sweep)).ToLookup(failure => failure.Key);

        // A random first id keeps the lease ids of different activations distinct.
        return new SweepLedger(
            plan,
            stored.Count == 0 ? null : key => stored.GetValueOrDefault(key),
            s_leaseTime,
            failures.Count == 0 ? null : key => failures[key],
            Random.Shared.NextInt64(1L << 62));
    }

    // Leases of silos that the cluster has declared dead return at once, those of other silos when they expire.
    private void LoseTheDead(SweepLedger ledger, TimeSpan now)
    {
        ClusterMembershipSnapshot cluster = membership.CurrentSnapshot;
        foreach (string silo in _silos.Where(silo => cluster.GetSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Dead).ToArray())
        {
            _silos.Remove(silo);
            IReadOnlyList<LostExperiment> losses = ledger.LoseAll(silo);
            if (losses.Count > 0)
            {
                LogLost(log, silo, losses.Count, Sweep);
            }

            RecordLosses(losses, silo);
        }

        if (ledger.Expire(now) is { Count: > 0 } expired)
        {
            LogExpired(log, expired.Count, Sweep);
            foreach (var holder in expired.GroupBy(lease => lease.Holder, lease => lease.Lease))
            {
                _ = Persist(() => work.Registry?.Release(Sweep, holder.Key, [.. holder]) ?? Task.CompletedTask);
            }
        }

        EndIfFinished(ledger);
    }

    // Failures are stored before the registry deletes the dead silo's leases: if this activation ends in between, the next one finds the losses again.
    private void RecordLosses(IReadOnlyList<LostExperiment> losses, string? holder = null)
    {
        ReadingFailure[] failures = [.. losses.SelectMany(loss => loss.Failures)];
        foreach (LostExperiment loss in losses.Where(loss => !loss.Failures.IsEmpty))
        {
            Telemetry.ReadingsFailed.Add(loss.Failures.Length);
            LogQuarantined(log, loss.Experiment, Sweep, loss.Failures[0].Key.ToString(), loss.Failures[0].Reason);
        }

        if (work.Registry is { } registry && (failures.Length > 0 || holder is not null))
        {
            _unstored++;
            _ = CountDown(Persist(() => Task.Run(async () =>
            {
                if (failures.Length > 0)
                {
                    (await work.Catalogue.Find(Sweep)).Store.Add([], failures);
                }

                if (holder is not null)
                {
                    await registry.Lose(Sweep, holder, losses.ToDictionary(loss => loss.Experiment, loss => loss.Count));
                }
            })));
        }

        async Task CountDown(Task storing)
        {
            await storing;
            _unstored--;
        }
    }

    private void EndIfFinished(SweepLedger ledger)
    {
        if (_state is SweepState.Active or SweepState.Paused && ledger.Counts.IsFinished && _unstored == 0)
        {
            _state = SweepState.Finished;
            LogFinished(log, Sweep, ledger.Counts.Done, ledger.Counts.Failed);
            _ = Persist(Note);
        }
    }

    // The registry stores the counts, so that `status` can show them while no silo is running.
    private async Task Note()
    {
        if (work.Registry is not { } registry || _ledger is not { } ledger || _state is not { } state)
        {
            return;
        }

        (SweepState? State, long Done, long Failed) current = (state, ledger.Counts.Done, ledger.Counts.Failed);
        if (current != _noted)
        {
            await registry.Note(Sweep, state, current.Done, current.Failed);
            _noted = current;
        }
    }

    // Retries until the action succeeds or this activation ends. The next activation reads the store and the registry itself.
    private async Task Persist(Func<Task> action)
    {
        while (!_isDeactivated)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception error) when (!_isDeactivated)
            {
                LogTrouble(log, error, Sweep);
                await Task.Delay(s_retry);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is kept by this silo: {Done} of {Cells} cells done, {Leases} leases out")]
    private static partial void LogRecalled(ILogger log, string sweep, long done, long cells, int leases);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is submitted")]
    private static partial void LogSubmitted(ILogger log, string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is now {State}: {Done} of {Cells} cells done")]
    private static partial void LogChanged(ILogger log, string sweep, SweepState state, long done, long cells);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is finished: {Done} cells done, {Failed} failed")]
    private static partial void LogFinished(ILogger log, string sweep, long done, long failed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} is dead; its {Leases} leases of {Sweep} go to others")]
    private static partial void LogLost(ILogger log, string silo, int leases, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Leases} leases of {Sweep} ran out without a word from their silos, and go to others")]
    private static partial void LogExpired(ILogger log, int leases, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "Experiment {Experiment} of {Sweep}, longest cell {Key}, is quarantined: {Reason}")]
    private static partial void LogQuarantined(ILogger log, long experiment, string sweep, string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What persists of {Sweep} cannot be read or written; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error, string sweep);
}
