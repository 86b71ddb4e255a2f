using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>What a sweep grain writes outside its calls: the losses of dead silos, and the progress.</content>
internal sealed partial class SweepGrain
{
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

    // The registry stores the counts, so that `status` can show them while no silo is running, and what is done, for the next activation.
    private async Task Note()
    {
        if (work.Registry is not { } registry || _ledger is not { } ledger || _state is not { } state)
        {
            return;
        }

        (SweepState? State, long Done, long Failed) current = (state, ledger.Counts.Done, ledger.Counts.Failed);
        RecordedParts? parts = _recordKey is { } key ? new RecordedParts(key, ledger.TakeChangedParts()) : null;
        if (current == _noted && parts is not { Parts.Count: > 0 })
        {
            return;
        }

        try
        {
            if (await registry.Note(Sweep, _epoch, state, current.Done, current.Failed, parts))
            {
                _noted = current;
            }
            else
            {
                Yield();
            }
        }
        catch
        {
            ledger.PutBackParts(parts?.Parts ?? []);
            throw;
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

    // A later activation has claimed the sweep, for example because this silo was cut off from the others; its ledger was rebuilt from the store. Or the sweep
    // was removed from the database.
    private void Yield()
    {
        if (!_ended.IsCancellationRequested)
        {
            LogSuperseded(log, Sweep);
            pauses.Add(Sweep);
            _ended.Cancel();
            DeactivateOnIdle();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain of sweep {Sweep} migrates to silo {Silo}, which reaches the database")]
    private static partial void LogMoves(ILogger log, string sweep, string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain of sweep {Sweep} has a later activation on another silo; this one deactivates")]
    private static partial void LogSuperseded(ILogger log, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} cannot be computed: {Reason}")]
    private static partial void LogDamaged(ILogger log, string sweep, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A report of {Sweep} is refused: {Reason}")]
    private static partial void LogRefused(ILogger log, string sweep, string reason);

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
