using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// A thin wrapper of <see cref="SweepLedger"/>: passes it the time and the dead silos, and converts its answers to messages. What reads a whole plan, the
/// store or the registry does not block the grain's scheduler. The grain is reentrant, so that it answers other calls meanwhile.
/// </summary>
/// <remarks>It is placed on the silo that calls it: a silo that asks for leases reaches the database.</remarks>
[Reentrant]
[PreferLocalPlacement]
internal sealed partial class SweepGrain(SiloWork work, StoreHealth health, IClusterMembershipService membership, ILogger<SweepGrain> log) : Grain, ISweepGrain
{
    // Workers renew every few seconds, and the cluster detects a dead silo sooner than this.
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_noteInterval = TimeSpan.FromSeconds(5), s_retry = TimeSpan.FromSeconds(1);

    // How long the database must have answered without interruption before leases expire.
    private static readonly TimeSpan s_recoveryTime = TimeSpan.FromSeconds(10);

    // How long Progress waits for the ledger to be loaded.
    private static readonly TimeSpan s_loadTimeout = TimeSpan.FromSeconds(5);

    // Operations that take a core about a tenth of a second, which limits how often workers ask for leases.
    private const double LeaseWork = 5e8;

    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(30));

    // Cancelled when this activation may no longer write. It is not disposed, because a statement may still run.
    private readonly LogLimit _trouble = new();
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None);
    private long _epoch;
    private Task _loading = Task.CompletedTask;
    private SweepLedger? _ledger;
    private SweepState? _state;
    private long _cells;
    private (SweepState? State, long Done, long Failed) _noted;
    private string? _submission;

    // Silos that may have recorded leases in the registry.
    private readonly HashSet<string> _silos = [];

    // Number of writes of losses that are not stored yet. The sweep does not finish before they are.
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

        await Recall().WaitAsync(s_loadTimeout, cancellationToken);
        this.RegisterGrainTimer(NoteUntilEnd, s_noteInterval, s_noteInterval);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ended.Cancel();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<string?> Submit(SweepSubmission submission)
    {
        ISweepRegistry registry = work.Registry ?? throw new NotSupportedException("an embedded silo has one sweep, which is not submitted");
        (SweepPlan? plan, Dictionary<string, Matrix> matrices, string? refusal) = await Task.Run(() => Read(submission));
        if (plan is null)
        {
            return refusal;
        }

        bool isActive = _state == SweepState.Active;
        if (!isActive || submission.Priority is not null)
        {
            await Here(registry.Enter(Sweep, submission.Text, plan, matrices, submission.Priority));
        }

        if (!isActive)
        {
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
        if (health.IsCutOff && !silo.Equals(GrainContext.Address.SiloAddress))
        {
            MoveTo(silo);
            return null;
        }

        if (_ledger is not { } ledger)
        {
            // The registry lists the sweep now. When this grain was activated, it did not list the sweep or could not be read.
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
            _ = ledger.Report(report.Experiment, [.. report.Failures.Select(Failure)]);
        }

        _rate.Add((int)(ledger.Counts.Done + ledger.Counts.Failed - before), Now());
        EndIfFinished(ledger);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases)
    {
        if (_ledger is not { } ledger)
        {
            return Task.FromResult(ImmutableArray<long>.Empty); // the holder renews again after the ledger is loaded
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
        if (_state is SweepState.Active or SweepState.Paused)
        {
            await Change(ledger, SweepState.Cancelled);
            ledger.GiveBackAll();
        }
    }

    /// <inheritdoc/>
    public async Task Pause()
    {
        SweepLedger ledger = await Ledger();
        if (_state == SweepState.Active)
        {
            await Change(ledger, SweepState.Paused);
        }
    }

    /// <inheritdoc/>
    public async Task Unpause()
    {
        SweepLedger ledger = await Ledger();
        if (_state == SweepState.Paused)
        {
            await Change(ledger, SweepState.Active);
        }
    }

    /// <inheritdoc/>
    public async Task<SweepProgress?> Progress()
    {
        if (_state is null)
        {
            return null;
        }

        await _loading.WaitAsync(s_loadTimeout, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
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

    // The caller gets the exception when the registry cannot record the state, and the sweep keeps its state.
    private async Task Change(SweepLedger ledger, SweepState next)
    {
        (SweepState? before, LedgerCounts counts) = (_state, ledger.Counts);
        _state = next;
        try
        {
            if (work.Registry is { } registry && !await Here(registry.Note(Sweep, _epoch, next, counts.Done, counts.Failed)))
            {
                Yield();
                throw new StoreUnreachableException($"the grain of sweep {Sweep} is active on another silo; try again");
            }
        }
        catch
        {
            _state = before;
            throw;
        }

        LogChanged(log, Sweep, next, counts.Done, counts.Cells);
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private static ReadingFailure Failure(FailedReading failed) => CellKey.TryParse(failed.Key, out CellKey key)
        ? new ReadingFailure(key, failed.Replicate, failed.Reason)
        : throw new ArgumentException($"'{failed.Key}' is no cell key", nameof(failed));

    private async Task<SweepLedger> Ledger()
    {
        await Here(_loading);
        return _ledger ?? throw new KeyNotFoundException($"there is no sweep {Sweep}");
    }
}
