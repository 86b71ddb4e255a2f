using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
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

    private static readonly TimeSpan s_recordInterval = TimeSpan.FromSeconds(5), s_retry = TimeSpan.FromSeconds(1);

    // How long the database must have answered without interruption before leases expire.
    private static readonly TimeSpan s_recoveryTime = TimeSpan.FromSeconds(10);

    // How long an activation waits for the registry.
    private static readonly TimeSpan s_claimTimeout = TimeSpan.FromSeconds(5);

    // After this time a sweep whose stored data are damaged is read again, because they may have been restored from a backup.
    private static readonly TimeSpan s_damageRetry = TimeSpan.FromMinutes(1);

    // Operations that take a core about a tenth of a second, which limits how often workers ask for leases.
    private const double LeaseWork = 5e8;

    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(30));

    private readonly LogLimit _trouble = new();

    // Cancelled when this activation may no longer write. It is not disposed, because a statement may still run.
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None);

    // What this activation writes to the registry, it writes in turn: a record must not arrive there after a later change.
    private Task _lastTurn = Task.CompletedTask;

    // The sweep, if this activation has claimed it. It has not when the registry could not be read or has no such sweep, or the sweep was left to another
    // activation for a while.
    private SweepClaim? _claim;

    // Whether the registry had no such sweep when it was last asked.
    private bool _isAbsent;

    private string? _submission;

    private string Sweep => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (work.Ledger is { } made)
        {
            _claim = new SweepClaim(made);
            return;
        }

        try
        {
            await ClaimIfNeeded().WaitAsync(s_claimTimeout, cancellationToken);
        }
        catch
        {
            await _ended.CancelAsync();
            throw;
        }

        this.RegisterGrainTimer(RecordRegularly, s_recordInterval, s_recordInterval);
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

        await ClaimIfNeeded(); // the registry lists the sweep now
        if (_claim is not { Ledger: { } ledger } claim)
        {
            return null;
        }

        TimeSpan now = Now();
        LoseTheDead(claim, ledger, now);
        if (claim.State != SweepState.Active || IsDead(silo) || ledger.TryLease(now, silo.ToParsableString(), LeaseWork) is not { } lease)
        {
            return null;
        }

        claim.Silos.Add(silo.ToParsableString());
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
        while (_claim is { Loading.IsCompleted: false } loading)
        {
            await Here(loading.Loading);
        }

        if (_claim is not { Ledger: { } ledger } claim)
        {
            return; // the readings are stored. Another claim finds them there, unless the sweep was removed or is damaged; a silo repeats a call that fails
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
        EndIfFinished(claim);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases)
    {
        if (_claim is not { Ledger: { } ledger } claim)
        {
            // A sweep that was removed or is damaged has no leases. Otherwise the ledger is being loaded, or another activation has the sweep.
            bool hasNone = _claim is { Damage: not null } || (_claim is null && _isAbsent);
            return Task.FromResult<ImmutableArray<long>>(hasNone ? [.. leases.Select(lease => lease.Id)] : []);
        }

        if (IsDead(silo))
        {
            return Task.FromResult<ImmutableArray<long>>([.. leases.Select(lease => lease.Id)]);
        }

        TimeSpan now = Now();
        string holder = silo.ToParsableString();
        claim.Silos.Add(holder);
        return Task.FromResult<ImmutableArray<long>>(
            [.. leases.Where(lease => claim.State == SweepState.Cancelled || !ledger.Renew(lease.Id, holder, lease.Experiments, now)).Select(lease => lease.Id)]);
    }

    /// <inheritdoc/>
    public Task GiveBack(ImmutableArray<long> leases)
    {
        foreach (long lease in leases)
        {
            _claim?.Ledger?.GiveBack(lease);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Cancel() => Change(SweepState.Cancelled, from: [SweepState.Active, SweepState.Paused]);

    /// <inheritdoc/>
    public Task Pause() => Change(SweepState.Paused, from: [SweepState.Active]);

    /// <inheritdoc/>
    public Task Unpause() => Change(SweepState.Active, from: [SweepState.Paused]);

    /// <inheritdoc/>
    public async Task<SweepProgress?> Progress()
    {
        if (_claim is null)
        {
            await ClaimIfNeeded(); // a submission may have entered the sweep and then failed
        }

        if (_claim is not { } claim)
        {
            return await RecordedProgress();
        }

        TimeSpan now = Now();
        if (claim.Ledger is { } ledger)
        {
            LoseTheDead(claim, ledger, now);
        }

        return claim.Progress(_rate.PerSecond(now));
    }

    // The caller gets the exception when the registry cannot record the state, and the sweep keeps its state.
    private Task Change(SweepState next, SweepState[] from) => InTurn(async () =>
    {
        SweepClaim claim = _claim ?? await Claim() ?? throw new KeyNotFoundException($"there is no sweep {Sweep}");
        if (!from.Contains(claim.State))
        {
            return;
        }

        if (work.Registry is not null && !await Record(claim, claim.RecordOf(next, _rate.PerSecond(Now()))))
        {
            throw Superseded();
        }

        if (claim.State != next && from.Contains(claim.State))
        {
            claim.Change(next);
            LogChanged(log, Sweep, next, claim.Counts.Done, claim.Cells);
        }
    });

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private static ReadingFailure Failure(FailedReading failed) => CellKey.TryParse(failed.Key, out CellKey key)
        ? new ReadingFailure(key, failed.Replicate, failed.Reason)
        : throw new ArgumentException($"'{failed.Key}' is no cell key", nameof(failed));
}
