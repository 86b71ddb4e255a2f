using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// The thin shell around <see cref="SweepLedger"/>: tells it the time and who is dead, and turns its answers into messages. What reads a whole plan, the store or the
/// registry runs beside it: calls are answered meanwhile, which is why it is reentrant.
/// </summary>
[Reentrant]
internal sealed partial class SweepGrain(SiloWork work, IClusterMembershipService membership, ILogger<SweepGrain> log) : Grain, ISweepGrain
{
    // Workers renew every few seconds. Of a silo that died the cluster knows sooner than this.
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_noteInterval = TimeSpan.FromSeconds(5), s_retry = TimeSpan.FromSeconds(1);

    // A caller is answered by then though the ledger is not there yet.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // What a core does in a tenth of a second or so: leases are not asked for more often than that.
    private const double LeaseWork = 5e8;

    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(30));
    private bool _isDeactivated;
    private Task _loading = Task.CompletedTask;
    private SweepLedger? _ledger;
    private SweepState? _state;
    private long _cells;
    private (SweepState? State, long Done, long Failed) _noted;
    private string? _submission;

    // Silos that may have noted leases in the registry.
    private readonly HashSet<string> _silos = [];

    // Failures that are not stored yet: the sweep is not finished before.
    private int _unstored;

    private string Sweep => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (work.Ledger is { } made)
        {
            (_ledger, _state, _cells) = (made, SweepState.Active, made.Plan.CellCount);
            return;
        }

        await Recall();
        this.RegisterGrainTimer(Note, s_noteInterval, s_noteInterval);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _isDeactivated = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<string?> Submit(SweepSubmission submission)
    {
        ISweepRegistry registry = work.Registry ?? throw new NotSupportedException("an embedded silo has one sweep, which is not submitted");
        (SweepDescription? description, Dictionary<string, Matrix> matrices, string? refusal) = await Task.Run(() => Read(submission));
        if (description is null)
        {
            return refusal;
        }

        if (_state != SweepState.Active)
        {
            await registry.Enter(Sweep, description, matrices);
            _submission = Activity.Current?.Id;
            LogSubmitted(log, Sweep);
            await Recall();
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task<ExperimentLease?> Take(SiloAddress silo)
    {
        FaultPoint.Pass(FaultPoint.LeaseAsked);
        if (_ledger is not { } ledger)
        {
            // Whoever asks knows that there is such a sweep, though there was none, or none that could be read, when this grain was activated.
            if (_loading.IsCompleted)
            {
                await Recall();
            }

            return null;
        }

        TimeSpan now = Now();
        LoseTheDead(ledger, now);
        if (_state != SweepState.Active || ledger.TryLease(now, silo.ToParsableString(), LeaseWork) is not { } lease)
        {
            return null;
        }

        _silos.Add(silo.ToParsableString());
        FaultPoint.Pass(FaultPoint.LeaseGranted);
        Telemetry.Leases.Add(1);
        return new ExperimentLease(
            lease.Id,
            lease.Experiments,
            ledger.Plan.Experiments.LongestKey(lease.Experiments[0]).ToString(),
            [.. lease.Experiments.Where(ledger.IsPartlyStored)],
            _submission);
    }

    /// <inheritdoc/>
    public async Task Settle(ImmutableArray<ExperimentReport> reports)
    {
        SweepLedger ledger = await Ledger();
        long before = ledger.Counts.Done + ledger.Counts.Failed;
        foreach (ExperimentReport report in reports)
        {
            _ = report.Failures.IsEmpty ? ledger.ReportDone(report.Experiment) : ledger.ReportFailed(report.Experiment, [.. report.Failures.Select(Failure)]);
        }

        _rate.Add((int)(ledger.Counts.Done + ledger.Counts.Failed - before), Now());
        EndIfFinished(ledger);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases)
    {
        if (_ledger is not { } ledger)
        {
            return Task.FromResult(ImmutableArray<long>.Empty); // asked again when it is there
        }

        TimeSpan now = Now();
        string holder = silo.ToParsableString();
        _silos.Add(holder);
        return Task.FromResult<ImmutableArray<long>>(
            [.. leases.Where(lease => _state == SweepState.Cancelled || !ledger.Renew(lease.Id, holder, lease.Experiments, now)).Select(lease => lease.Id)]);
    }

    /// <inheritdoc/>
    public Task GiveBack(ImmutableArray<long> leases)
    {
        foreach (long lease in leases)
        {
            _ledger?.GiveBack(lease);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task Cancel()
    {
        SweepLedger ledger = await Ledger();
        if (_state != SweepState.Active)
        {
            return;
        }

        _state = SweepState.Cancelled;
        LedgerCounts counts = ledger.Counts;
        try
        {
            await (work.Registry?.Note(Sweep, SweepState.Cancelled, counts.Done, counts.Failed) ?? Task.CompletedTask);
        }
        catch
        {
            _state = SweepState.Active; // nobody is told that it is cancelled unless it will stay so
            throw;
        }

        ledger.GiveBackAll();
        LogCancelled(log, Sweep, counts.Done, counts.Cells);
    }

    /// <inheritdoc/>
    public async Task<SweepProgress?> Progress()
    {
        if (_state is null)
        {
            return null;
        }

        await _loading.WaitAsync(s_patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_ledger is not { } ledger)
        {
            return new SweepProgress(_state.Value, 0, 0, 0, _cells, 0, 0, 0, [], []);
        }

        TimeSpan now = Now();
        LoseTheDead(ledger, now);
        LedgerCounts counts = ledger.Counts;
        return new SweepProgress(
            _state.Value,
            counts.Done,
            counts.Failed,
            counts.Leased,
            counts.Open,
            ledger.OpenWork,
            ledger.WorkDone,
            _rate.PerSecond(now),
            [.. ledger.Holders.Order()],
            [.. ledger.Failures.OrderBy(failure => failure.Key).Take(100).Select(failure => new CellFailed(failure.Key, failure.Value))]);
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private static ReadingFailure Failure(FailedReading failed) => CellKey.TryParse(failed.Key, out CellKey key)
        ? new ReadingFailure(key, failed.Replicate, failed.Reason)
        : throw new ArgumentException($"'{failed.Key}' is no cell key", nameof(failed));

    private async Task<SweepLedger> Ledger()
    {
        await _loading;
        return _ledger ?? throw new KeyNotFoundException($"there is no sweep {Sweep}");
    }

    // A submission comes from a stranger: it is read and planned before anything is kept of it.
    private (SweepDescription? Description, Dictionary<string, Matrix> Matrices, string? Refusal) Read(SweepSubmission submission)
    {
        Dictionary<string, Matrix> matrices = [];
        try
        {
            if (work.Options.Limits.RefusalOfBytes(submission.Bytes) is { } tooLarge)
            {
                return (null, matrices, tooLarge);
            }

            SweepDescription description = SweepDescription.Parse(submission.Description);
            if (description.Id != Sweep)
            {
                return (null, matrices, $"the sweep's id is {description.Id}, but it was submitted as {Excerpt.Of(Sweep)}");
            }

            foreach (SubmittedMatrix submitted in submission.Matrices)
            {
                Matrix matrix = submitted.Read();
                matrices.TryAdd(matrix.Digest(), matrix);
            }

            return work.Options.Limits.Refusal(description.Plan(Find)) is { } refusal ? (null, matrices, refusal) : (description, matrices, null);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return (null, matrices, error.Message);
        }

        Matrix Find(string digest) => matrices.GetValueOrDefault(digest)
            ?? throw new FormatException($"the sweep needs a matrix that did not come with it, {Excerpt.Of(digest)}");
    }

    // Begins to make the ledger from what persists; a sweep of ten million cells takes a minute, so no call waits for it to its end.
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
            Lost(ledger.Restore(
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
        var stored = sweep.Store.Replicates(Keys(plan)).ToDictionary();
        ILookup<CellKey, ReadingFailure> failures = (await work.Registry!.Failures(Sweep)).ToLookup(failure => failure.Key);

        // Leases of other activations have other ids.
        return new SweepLedger(
            plan,
            stored.Count == 0 ? null : key => stored.GetValueOrDefault(key),
            s_leaseTime,
            failures.Count == 0 ? null : key => failures[key],
            Random.Shared.NextInt64(1L << 62));
    }

    private static IEnumerable<CellKey> Keys(SweepPlan plan)
    {
        for (long i = 0; i < plan.CellCount; i++)
        {
            yield return plan.Planned(i).Key;
        }
    }

    // The leases of silos that the cluster has given up come back at once, those of silent ones when they run out.
    private void LoseTheDead(SweepLedger ledger, TimeSpan now)
    {
        ClusterMembershipSnapshot cluster = membership.CurrentSnapshot;
        foreach (string silo in _silos.Where(silo => cluster.GetSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Dead).ToArray())
        {
            _silos.Remove(silo);
            IReadOnlyList<Loss> losses = ledger.LoseAll(silo);
            if (losses.Count > 0)
            {
                LogLost(log, silo, losses.Count, Sweep);
            }

            Lost(losses, silo);
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

    // First the failures: as long as the registry knows what the dead silo ran, an activation after this one finds the losses again.
    private void Lost(IReadOnlyList<Loss> losses, string? holder = null)
    {
        ReadingFailure[] failures = [.. losses.SelectMany(loss => loss.Failures)];
        foreach (Loss loss in losses.Where(loss => !loss.Failures.IsEmpty))
        {
            Telemetry.ReadingsFailed.Add(loss.Failures.Length);
            LogQuarantined(log, loss.Experiment, Sweep, loss.Failures[0].Key.ToString(), loss.Failures[0].Reason);
        }

        if (work.Registry is { } registry && (failures.Length > 0 || holder is not null))
        {
            _unstored++;
            _ = Forget(Persist(() => Task.Run(async () =>
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

        async Task Forget(Task storing)
        {
            await storing;
            _unstored--;
        }
    }

    private void EndIfFinished(SweepLedger ledger)
    {
        if (_state == SweepState.Active && ledger.Counts.IsFinished && _unstored == 0)
        {
            _state = SweepState.Finished;
            LogFinished(log, Sweep, ledger.Counts.Done, ledger.Counts.Failed);
            _ = Persist(Note);
        }
    }

    // Whoever looks at the sweep while no silo is up sees how far it was.
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

    // Until it succeeds, or this activation ends: the next one finds out by itself.
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} is cancelled: {Done} of {Cells} cells done")]
    private static partial void LogCancelled(ILogger log, string sweep, long done, long cells);

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
