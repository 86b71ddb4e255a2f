using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// The thin shell around <see cref="SweepLedger"/>: tells it the time, turns its answers into messages, and has the journal note what it tells of itself
/// before anybody is answered.
/// </summary>
internal sealed partial class SweepGrain(
    SiloWork work, IClusterMembershipService membership, IHostApplicationLifetime lifetime, ILogger<SweepGrain> log) : Grain, ISweepGrain
{
    // A pump renews every few seconds. Of a silo that died the cluster knows sooner than this.
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(30);

    // What a core does in a tenth of a second or so: leases are not asked for more often than that.
    private const double LeaseWork = 5e8;

    private const int EventsAtATime = 1000;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly List<LedgerChange> _changes = [];
    private readonly Dictionary<long, ILeaseHolder> _holders = [];
    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(30));
    private SweepLedger? _ledger;
    private SweepState _state;
    private string? _submission;

    private string Sweep => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Recall();

    /// <inheritdoc/>
    public async Task<string?> Submit(SweepSubmission submission)
    {
        SweepDescription description;
        Dictionary<string, Matrix> matrices = [];
        try
        {
            if (work.Options.Limits.RefusalOfBytes(submission.Bytes) is { } tooLarge)
            {
                return tooLarge;
            }

            description = SweepDescription.Parse(submission.Description);
            if (description.Id != Sweep)
            {
                return $"the sweep's id is {description.Id}, but it was submitted as {Excerpt.Of(Sweep)}";
            }

            foreach (SubmittedMatrix submitted in submission.Matrices)
            {
                Matrix matrix = submitted.Read();
                matrices.TryAdd(matrix.Digest(), matrix);
            }

            if (work.Options.Limits.Refusal(description.Plan(Find)) is { } refusal)
            {
                return refusal;
            }
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return error.Message;
        }

        if (_ledger is null || _state != SweepState.Active)
        {
            await work.Journal.Enter(Sweep, description, matrices);
            _submission = Activity.Current?.Id;
            LogSubmitted(log, Sweep);
            await Recall();
        }

        return null;

        Matrix Find(string digest) => matrices.GetValueOrDefault(digest)
            ?? throw new FormatException($"the sweep needs a matrix that did not come with it, {Excerpt.Of(digest)}");
    }

    /// <inheritdoc/>
    public async Task<ExperimentLease?> Lease(SiloAddress silo, ILeaseHolder pump)
    {
        FaultPoint.Pass(FaultPoint.LeaseAsked);
        SweepLedger ledger = Ledger();
        TimeSpan now = Now();
        LoseTheDead(ledger, now);
        Lease? lease = _state == SweepState.Active ? ledger.TryLease(now, silo.ToParsableString(), LeaseWork) : null;
        try
        {
            await Note();
        }
        catch when (lease is not null)
        {
            // Nobody hears of this lease, so it must not look lost later.
            ledger.GiveBack(lease.Id);
            throw;
        }

        if (lease is null)
        {
            return null;
        }

        FaultPoint.Pass(FaultPoint.LeaseGranted);
        _holders[lease.Id] = pump;
        Telemetry.Leases.Add(1);
        return new ExperimentLease(lease.Id, [.. lease.Experiments.Select(Leased)], _submission);

        LeasedExperiment Leased(long index) =>
            new(index, ledger.Plan.Experiments.LongestKey(index).ToString(), ledger.IsPartlyStored(index));
    }

    /// <inheritdoc/>
    public async Task Report(ImmutableArray<ExperimentReport> reports)
    {
        SweepLedger ledger = Ledger();
        long before = ledger.Counts.Done + ledger.Counts.Failed;
        foreach (ExperimentReport report in reports)
        {
            _ = report.Failures.IsEmpty ? ledger.ReportDone(report.Experiment) : ledger.ReportFailed(report.Experiment, [.. report.Failures.Select(Failure)]);
        }

        _rate.Add((int)(ledger.Counts.Done + ledger.Counts.Failed - before), Now());
        await Note();
    }

    private static ReadingFailure Failure(FailedReading failed) => CellKey.TryParse(failed.Key, out CellKey key)
        ? new ReadingFailure(key, failed.Replicate, failed.Reason)
        : throw new ArgumentException($"'{failed.Key}' is no cell key", nameof(failed));

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> Renew(ImmutableArray<long> leases)
    {
        SweepLedger ledger = Ledger();
        TimeSpan now = Now();
        return Task.FromResult<ImmutableArray<long>>([.. leases.Where(lease => !ledger.Renew(lease, now) || _state != SweepState.Active)]);
    }

    /// <inheritdoc/>
    public async Task GiveBack(ImmutableArray<long> leases)
    {
        foreach (long lease in leases)
        {
            Ledger().GiveBack(lease);
        }

        await Note();
    }

    /// <inheritdoc/>
    public async Task Cancel()
    {
        SweepLedger ledger = Ledger();
        if (_state != SweepState.Active)
        {
            return;
        }

        _state = SweepState.Cancelled;
        await work.Journal.Note(Sweep, new SweepChange { State = _state });
        LogCancelled(log, Sweep, ledger.Counts.Done, ledger.Counts.Cells);
        foreach ((long lease, ILeaseHolder holder) in _holders.ToArray())
        {
            _ = holder.Withdraw(Sweep, lease);
            ledger.GiveBack(lease);
        }

        await Note();
    }

    /// <inheritdoc/>
    public async Task<SweepStatus?> Status()
    {
        if (_ledger is null)
        {
            return null;
        }

        TimeSpan now = Now();
        LoseTheDead(_ledger, now);
        await Note();
        LedgerCounts counts = _ledger.Counts;
        return new SweepStatus(
            _state,
            counts.Done,
            counts.Failed,
            counts.Leased,
            counts.Open,
            _ledger.OpenWork,
            _ledger.WorkDone,
            _rate.PerSecond(now),
            [.. _ledger.Holders.Order()],
            [.. _ledger.Failures.OrderBy(failure => failure.Key).Take(100).Select(failure => new CellFailed(failure.Key, failure.Value))]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SweepEvent> Watch(long after)
    {
        // The grain leaves a silo that stops once no call is under way, and a call of an enumerator without news lasts for half the response timeout.
        while (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            bool isOver = _ledger is null || _state != SweepState.Active;
            ImmutableArray<SweepEvent> events = await work.Journal.Events(Sweep, after, EventsAtATime);
            foreach (SweepEvent next in events)
            {
                after = next.Number;
                yield return next;
            }

            if (events.IsEmpty)
            {
                if (isOver)
                {
                    yield break;
                }

                await Task.Delay(s_pause);
            }
        }
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private SweepLedger Ledger() => _ledger ?? throw new KeyNotFoundException($"there is no sweep {Sweep}");

    // Everything that a grain knows, from what is kept.
    private async Task Recall()
    {
        if (await work.Journal.Recall(Sweep) is not { } memory)
        {
            return;
        }

        using Activity? trace = Telemetry.Traces.StartActivity("recall");
        trace?.SetTag("rnnsweep.sweep", Sweep);
        SweepLedger ledger = work.Ledger is { } made ? Begin(made) : await Restore(memory);
        (_ledger, _state) = (ledger, memory.State);
        await Note();
        LogRecalled(log, Sweep, ledger.Counts.Done, ledger.Counts.Cells, memory.Leases.Length);
    }

    private SweepLedger Begin(SweepLedger ledger)
    {
        _changes.Clear();
        _holders.Clear();
        ledger.Changed += _changes.Add;
        return ledger;
    }

    private async Task<SweepLedger> Restore(SweepMemory memory)
    {
        SweepPlan plan = await work.Catalogue.Plan(Sweep);
        (SweepLedger restored, Dictionary<long, ImmutableArray<ReadingFailure>> failures) = await Task.Run(() =>
        {
            var stored = work.Store.Replicates(Keys(plan)).ToDictionary();
            var ledger = new SweepLedger(plan, stored.Count == 0 ? null : key => stored.GetValueOrDefault(key), s_leaseTime);
            return (ledger, memory.Failures.ToDictionary(failed => failed.Key, failed => plan.Experiments[failed.Key].FailuresAmong(work.Store.FindFailures, failed.Value)));
        });
        SweepLedger ledger = Begin(restored);
        if (ledger.DoneExperiments.LongCount() + memory.Failures.Count != memory.Outcomes)
        {
            // Stored before the sweep was submitted, or just before a silo died.
            _changes.AddRange(ledger.DoneExperiments.Select(experiment => new LedgerChange.Done(experiment)));
        }

        ledger.Restore(
            memory.Leases.Select(lease => (lease.Id, lease.Silo, lease.Experiments)), memory.Losses, failures, memory.LastLease, Now());
        return ledger;
    }

    private static IEnumerable<CellKey> Keys(SweepPlan plan)
    {
        for (long i = 0; i < plan.CellCount; i++)
        {
            yield return CellKey.Of(plan.Cell(i));
        }
    }

    // The leases of silos that the cluster has given up come back at once, those of silent ones when they run out.
    private void LoseTheDead(SweepLedger ledger, TimeSpan now)
    {
        ClusterMembershipSnapshot cluster = membership.CurrentSnapshot;
        foreach (string holder in ledger.Holders.ToArray())
        {
            if (cluster.GetSiloStatus(SiloAddress.FromParsableString(holder)) == SiloStatus.Dead)
            {
                int before = _changes.Count;
                ledger.LoseAll(holder);
                LogLost(log, holder, _changes.Skip(before).Count(change => change is LedgerChange.Ended), Sweep);
            }
        }

        if (ledger.Expire(now) is { Count: > 0 } expired)
        {
            LogExpired(log, expired.Count, Sweep);
        }
    }

    // What the ledger has told of itself; on an exception it stays to be noted with the next change.
    private async Task Note()
    {
        while (_changes.Count > 0 || (_state == SweepState.Active && _ledger!.Counts.IsFinished))
        {
            LedgerChange[] changes = [.. _changes];
            (long Experiment, ImmutableArray<ReadingFailure> Failures)[] quarantined = StoreQuarantined(changes);
            bool isFinished = _state == SweepState.Active && _ledger!.Counts.IsFinished;
            try
            {
                await work.Journal.Note(Sweep, Change(changes, isFinished));
            }
            catch (InvalidOperationException)
            {
                DeactivateOnIdle(); // another activation has gone on, on another silo: whoever calls next finds that one, or a new one
                throw;
            }

            _changes.RemoveRange(0, changes.Length);
            foreach ((long experiment, ImmutableArray<ReadingFailure> failures) in quarantined)
            {
                Telemetry.ReadingsFailed.Add(failures.Length);
                LogQuarantined(log, experiment, Sweep, failures[0].Key.ToString(), failures[0].Reason);
            }

            if (isFinished)
            {
                _state = SweepState.Finished;
                LogFinished(log, Sweep, _ledger!.Counts.Done, _ledger.Counts.Failed);
            }

            foreach (LedgerChange.Ended ended in changes.OfType<LedgerChange.Ended>())
            {
                _holders.Remove(ended.Lease);
            }
        }
    }

    // An experiment that fails for the deaths of its hosts never reported anything: its failures are stored here.
    private (long Experiment, ImmutableArray<ReadingFailure> Failures)[] StoreQuarantined(LedgerChange[] changes)
    {
        HashSet<long> lost = [.. changes.OfType<LedgerChange.Lost>().Where(loss => loss.Losses >= SweepLedger.MaximumLosses).Select(loss => loss.Experiment)];
        if (lost.Count == 0)
        {
            return [];
        }

        PlanExperiments experiments = _ledger!.Plan.Experiments;
        (long Experiment, ImmutableArray<ReadingFailure> Failures)[] quarantined =
        [
            .. changes.OfType<LedgerChange.Failed>().Where(failed => lost.Contains(failed.Experiment))
                .Select(failed => (failed.Experiment, experiments[failed.Experiment].Failures(failed.Reason))),
        ];
        work.Store.Add([], [.. quarantined.SelectMany(failed => failed.Failures)]);
        return quarantined;
    }

    private static SweepChange Change(LedgerChange[] changes, bool isFinished)
    {
        HashSet<long> ended = [.. changes.OfType<LedgerChange.Ended>().Select(change => change.Lease)];
        return new SweepChange
        {
            Granted = [.. changes.OfType<LedgerChange.Granted>().Where(change => !ended.Contains(change.Lease))
                .Select(change => new HeldLease(change.Lease, change.Holder, change.Experiments))],
            Ended = [.. ended],
            Losses = changes.OfType<LedgerChange.Lost>().GroupBy(change => change.Experiment)
                .ToImmutableDictionary(lost => lost.Key, lost => lost.Max(change => change.Losses)),
            Outcomes = [.. changes.Select(Outcome).OfType<(long, string?)>()],
            State = isFinished ? SweepState.Finished : null,
        };
    }

    private static (long Experiment, string? Failure)? Outcome(LedgerChange change) => change switch
    {
        LedgerChange.Done done => (done.Experiment, null),
        LedgerChange.Failed failed => (failed.Experiment, failed.Reason),
        _ => null,
    };

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
}
