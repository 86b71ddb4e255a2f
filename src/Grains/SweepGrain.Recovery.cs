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
    private void LoseTheDead(SweepClaim claim, SweepLedger ledger, TimeSpan now)
    {
        foreach (string silo in claim.Silos.Where(silo => IsDead(SiloAddress.FromParsableString(silo))).ToArray())
        {
            claim.Silos.Remove(silo);
            IReadOnlyList<LostExperiment> losses = ledger.LoseAll(silo);
            if (losses.Count > 0)
            {
                LogLost(log, silo, losses.Count, Sweep);
            }

            RecordLosses(claim, losses, silo);
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

        EndIfFinished(claim);
    }

    // A silo that hung may go on for some seconds until it learns that the cluster has declared it dead. It gets no lease and keeps none meanwhile: every lease that
    // is revoked counts as a crash of its silo, and an experiment fails after three.
    private bool IsDead(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Dead;

    // If this activation ends between the two writes, the next one finds the recorded losses, and stores the failures.
    private void RecordLosses(SweepClaim claim, IReadOnlyList<LostExperiment> losses, string? holder = null)
    {
        ReadingFailure[] failures = [.. losses.SelectMany(loss => loss.Failures)];
        foreach (LostExperiment loss in losses.Where(loss => !loss.Failures.IsEmpty))
        {
            Telemetry.ReadingsFailed.Add(loss.Failures.Length);
            LogQuarantined(log, loss.Experiment, Sweep, loss.Failures[0].Key.ToString(), loss.Failures[0].Reason);
        }

        if (work.Registry is { } registry && (failures.Length > 0 || holder is not null))
        {
            claim.Unstored++;
            _ = CountDown(Persist(async () =>
            {
                Dictionary<long, int> counts = losses.ToDictionary(loss => loss.Experiment, loss => loss.Count);
                bool isRecorded = holder is null || await InTurn(() => Write(claim, async () => await registry.Lose(Sweep, claim.Epoch, holder, counts)));
                if (isRecorded && failures.Length > 0)
                {
                    await Task.Run(async () => (await work.Catalogue.Find(Sweep)).Store.Add([], failures));
                }
            }));
        }

        async Task CountDown(Task storing)
        {
            await storing;
            claim.Unstored--;
        }
    }

    private void EndIfFinished(SweepClaim claim)
    {
        if (claim == _claim && claim.TryFinish())
        {
            LogFinished(log, Sweep, claim.Counts.Done, claim.Counts.Failed);
            _ = Persist(RecordChanges);
        }
    }

    // The registry stores the counts and the activity, which `status` shows, and what is done, for the next activation.
    private Task RecordChanges() => InTurn(async () =>
    {
        if (work.Registry is not null && _claim is { } claim && claim.TakeRecord(_rate.PerSecond(Now())) is { } record)
        {
            await Record(claim, record);
        }
    });

    private async Task RecordRegularly()
    {
        try
        {
            await RecordChanges();
        }
        catch (StoreUnreachableException error)
        {
            NoteTrouble(error); // a later call, or the next activation, records the counts
        }
    }

    // Returns false when this activation may not write any more. The caller has the turn.
    private async Task<bool> Record(SweepClaim claim, ClaimRecord record)
    {
        try
        {
            return await Write(claim, async () =>
            {
                SweepState? state = await work.Registry!.Note(Sweep, claim.Epoch, record.State, record.Done, record.Failed, record.Parts, record.Activity);
                if (state is { } recorded)
                {
                    claim.Recorded(record, recorded);
                }

                return state is not null;
            });
        }
        catch
        {
            claim.PutBack(record);
            throw;
        }
    }

    // Writes to the registry by a claim; without effect when this activation has claimed the sweep again. Returns whether it was written. The caller has the turn.
    private async Task<bool> Write(SweepClaim claim, Func<Task<bool>> write)
    {
        bool isWritten = claim == _claim && await write();
        if (claim == _claim && !isWritten)
        {
            Yield();
        }

        return isWritten;
    }

    private async Task<T> InTurn<T>(Func<Task<T>> action)
    {
        Task before = _lastTurn;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastTurn = end.Task;
        try
        {
            await Here(before);
            return await Here(action());
        }
        finally
        {
            end.SetResult();
        }
    }

    private Task InTurn(Func<Task> action) => InTurn(async () =>
    {
        await action();
        return true;
    });

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
        await (_ended.IsCancellationRequested ? throw Superseded() : task);
    }

    private async Task<T> Here<T>(Task<T> task)
    {
        await Here((Task)task);
        return await task;
    }

    private StoreUnreachableException Superseded() => new($"the grain of sweep {Sweep} is active on another silo, or moves there; try again");

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
