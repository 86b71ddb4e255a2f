using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
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
internal sealed partial class SweepGrain(SiloWork work, StoreHealth health, TakeoverPauses pauses, IClusterMembershipService membership, ILogger<SweepGrain> log) : Grain, ISweepGrain
{
    // Workers renew every few seconds, and the cluster detects a dead silo sooner than this.
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_noteInterval = TimeSpan.FromSeconds(5), s_retry = TimeSpan.FromSeconds(1);

    // How long the database must have answered without interruption before leases expire.
    private static readonly TimeSpan s_recoveryTime = TimeSpan.FromSeconds(10);

    // How long an activation waits for the registry.
    private static readonly TimeSpan s_recallTimeout = TimeSpan.FromSeconds(5);

    // After this time a sweep whose stored data are damaged is read again, because they may have been restored from a backup.
    private static readonly TimeSpan s_damageRetry = TimeSpan.FromMinutes(1);

    // Operations that take a core about a tenth of a second, which limits how often workers ask for leases.
    private const double LeaseWork = 5e8;

    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(30));

    private readonly LogLimit _trouble = new();

    // Cancelled when this activation may no longer write. It is not disposed, because a statement may still run.
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None);
    private long _epoch;
    private Task _loading = Task.CompletedTask;
    private SweepLedger? _ledger;
    private SweepState? _state;
    private long _cells;

    // The key of the plan's first cell, for the record of what is done; null for a small sweep, which needs none.
    private CellKey? _recordKey;

    // The counts at the time of the claim, which are shown until the ledger is loaded.
    private (long Done, long Failed) _recalled;

    // The counts as they were last recorded by this activation.
    private (SweepState? State, long Done, long Failed) _noted;

    // Why the ledger cannot be made, because stored data of this sweep are damaged, and when that was found out; null where it can.
    private (string Reason, TimeSpan Time)? _damage;
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

        await Recall().WaitAsync(s_recallTimeout, cancellationToken);
        this.RegisterGrainTimer(NoteUntilEnd, s_noteInterval, s_noteInterval);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ended.Cancel();
        return Task.CompletedTask;
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
            // The registry lists the sweep now. When this grain was activated, it did not list the sweep or could not be read, or the sweep was left to another
            // activation for a while.
            if (_loading.IsCompleted && (_damage is not { } damage || Now() - damage.Time > s_damageRetry))
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
            _submission,
            lease.Experiments.Any(ledger.MayBeStored));
    }

    /// <inheritdoc/>
    public async Task Settle(ImmutableArray<ExperimentReport> reports)
    {
        await Here(_loading);
        if (_ledger is not { } ledger)
        {
            return; // the readings are stored. Another activation finds them there, unless the sweep was removed or is damaged; a silo repeats a call that fails
        }

        long before = ledger.Counts.Done + ledger.Counts.Failed;
        foreach (ExperimentReport report in reports)
        {
            try
            {
                _ = ledger.Report(report.Experiment, [.. report.Failures.Select(Failure)]);
            }
            catch (ArgumentException error)
            {
                LogRefused(log, Sweep, error.Message);
            }
        }

        _rate.Add((int)(ledger.Counts.Done + ledger.Counts.Failed - before), Now());
        EndIfFinished(ledger);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases)
    {
        if (_ledger is not { } ledger)
        {
            // While the ledger is loaded, or another activation has the sweep, the holder keeps its leases. A sweep that was removed or is damaged has none.
            bool hasNone = _loading.IsCompleted && !_ended.IsCancellationRequested && !pauses.IsPaused(Sweep);
            return Task.FromResult<ImmutableArray<long>>(hasNone ? [.. leases.Select(lease => lease.Id)] : []);
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
        if (await Known() is SweepState.Active or SweepState.Paused)
        {
            await Change(SweepState.Cancelled);
            _ledger?.GiveBackAll();
        }
    }

    /// <inheritdoc/>
    public async Task Pause()
    {
        if (await Known() == SweepState.Active)
        {
            await Change(SweepState.Paused);
        }
    }

    /// <inheritdoc/>
    public async Task Unpause()
    {
        if (await Known() == SweepState.Paused)
        {
            await Change(SweepState.Active);
        }
    }

    /// <inheritdoc/>
    public async Task<SweepProgress?> Progress()
    {
        if (_ledger is not { } ledger)
        {
            return await State() is { } state ? Progress(state, _recalled.Done, _recalled.Failed, _cells) with { Damage = _damage?.Reason } : await RecordedProgress();
        }

        TimeSpan now = Now();
        LoseTheDead(ledger, now);
        LedgerCounts counts = ledger.Counts;
        return new SweepProgress(
            _state!.Value,
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
    private async Task Change(SweepState next)
    {
        SweepState? before = _state;
        (long done, long failed) = _ledger is { } ledger ? (ledger.Counts.Done, ledger.Counts.Failed) : _recalled;
        _state = next;
        try
        {
            if (work.Registry is { } registry && !await Here(registry.Note(Sweep, _epoch, next, done, failed)))
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

        LogChanged(log, Sweep, next, done, _cells);
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private static ReadingFailure Failure(FailedReading failed) => CellKey.TryParse(failed.Key, out CellKey key)
        ? new ReadingFailure(key, failed.Replicate, failed.Reason)
        : throw new ArgumentException($"'{failed.Key}' is no cell key", nameof(failed));

    // Null where there is no such sweep. The registry is asked again, because a submission may have entered the sweep and then failed.
    private async Task<SweepState?> State(bool isUrgent = false)
    {
        if (_state is null && work.Registry is not null)
        {
            await Recall(isUrgent);
        }

        return _state;
    }

    private async Task<SweepState> Known() => await State(isUrgent: true) ?? throw new KeyNotFoundException($"there is no sweep {Sweep}");
}
