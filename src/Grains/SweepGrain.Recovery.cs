using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>What a sweep grain reads and writes outside its calls: the ledger, rebuilt from the store; the losses of dead silos; the progress counts.</content>
internal sealed partial class SweepGrain
{
    // Starts to rebuild the ledger from the store and the registry. Calls do not wait for its end: a sweep of ten million cells takes a minute.
    private async Task Recall()
    {
        if (await Here(work.Registry!.Claim(Sweep)) is not { } epoch || await Here(work.Registry.Recall(Sweep)) is not { } history)
        {
            return;
        }

        // What this activation has noted is no longer in the registry when the sweep was entered again.
        (_epoch, _state, _cells, _ledger, _noted) = (Math.Max(_epoch, epoch), history.State, history.Cells, null, default);
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

        // While the database is away for every silo, holders do not renew. They do again within a few seconds after its return.
        if (health.HasAnsweredFor(s_recoveryTime) && ledger.Expire(now) is { Count: > 0 } expired)
        {
            LogExpired(log, expired.Count, Sweep);
            foreach (var holder in expired.GroupBy(lease => lease.Holder, lease => lease.Lease))
            {
                _ = Persist(() => work.Registry?.Release(Sweep, holder.Key, [.. holder]) ?? Task.CompletedTask);
            }
        }

        EndIfFinished(ledger);
    }

    // If this activation ends between the two writes, the next one finds the recorded losses, and stores the failures.
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
                if (holder is not null && !await registry.Lose(Sweep, _epoch, holder, losses.ToDictionary(loss => loss.Experiment, loss => loss.Count)))
                {
                    Yield();
                }
                else if (failures.Length > 0)
                {
                    (await work.Catalogue.Find(Sweep)).Store.Add([], failures);
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
            if (await registry.Note(Sweep, _epoch, state, current.Done, current.Failed))
            {
                _noted = current;
            }
            else
            {
                Yield();
            }
        }
    }

    private async Task NoteUntilEnd()
    {
        try
        {
            await Here(Note());
        }
        catch (StoreUnreachableException error)
        {
            NoteTrouble(error); // a later call, or the next activation, records the counts
        }
    }

    private void NoteTrouble(Exception error)
    {
        if (!_ended.IsCancellationRequested && _trouble.Passes())
        {
            LogTrouble(log, error, Sweep);
        }
    }

    // Retries until the action succeeds or this activation ends. The next activation reads the store and the registry itself.
    private async Task Persist(Func<Task> action)
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await Here(action());
                return;
            }
            catch (Exception error) when (!_ended.IsCancellationRequested)
            {
                NoteTrouble(error);
                await Task.Delay(s_retry);
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    // Awaits a task only as long as this activation may write: a statement on a cut connection would keep the grain from moving for up to a minute.
    private async Task Here(Task task)
    {
        await task.WaitAsync(_ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _ = _ended.IsCancellationRequested ? throw new StoreUnreachableException($"sweep {Sweep} is moving to another silo; try again") : true;
        await task;
    }

    private async Task<T> Here<T>(Task<T> task)
    {
        await Here((Task)task);
        return await task;
    }

    // The database does not answer this silo, but it has just answered another one, which asks for a lease.
    private void MoveTo(SiloAddress silo)
    {
        if (!_ended.IsCancellationRequested)
        {
            LogMoves(log, Sweep, silo.ToString());
            _ended.Cancel();
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
            MigrateOnIdle();
        }
    }

    // A later activation has claimed the sweep, for example because this silo was cut off from the others. Its ledger was rebuilt from the store.
    private void Yield()
    {
        if (!_ended.IsCancellationRequested)
        {
            LogSuperseded(log, Sweep);
            _ended.Cancel();
            DeactivateOnIdle();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain of sweep {Sweep} migrates to silo {Silo}, which reaches the database")]
    private static partial void LogMoves(ILogger log, string sweep, string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain of sweep {Sweep} has a later activation on another silo; this one deactivates")]
    private static partial void LogSuperseded(ILogger log, string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "The grain of sweep {Sweep} is active on this silo: {Done} of {Cells} cells done, {Leases} leases granted")]
    private static partial void LogRecalled(ILogger log, string sweep, long done, long cells, int leases);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is submitted")]
    private static partial void LogSubmitted(ILogger log, string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is now {State}: {Done} of {Cells} cells done")]
    private static partial void LogChanged(ILogger log, string sweep, SweepState state, long done, long cells);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is finished: {Done} cells done, {Failed} failed")]
    private static partial void LogFinished(ILogger log, string sweep, long done, long failed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} is dead; its {Leases} leases of sweep {Sweep} are revoked")]
    private static partial void LogLost(ILogger log, string silo, int leases, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Leases} leases of sweep {Sweep} expired, because their silos have not renewed them")]
    private static partial void LogExpired(ILogger log, int leases, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "Experiment {Experiment} of sweep {Sweep}, longest cell {Key}, is quarantined: {Reason}")]
    private static partial void LogQuarantined(ILogger log, long experiment, string sweep, string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database cannot read or write the state of sweep {Sweep}; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error, string sweep);
}
