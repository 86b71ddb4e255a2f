using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// A sweep from the moment at which an activation of its grain has claimed it in the registry, until that activation claims it again or ends. It has its ledger
/// when the sweep's plan is read and compared with the store, or else the damage that prevents this. It accesses neither the registry nor a clock.
/// </summary>
/// <param name="epoch">The epoch of the claim, with which the activation writes to the registry.</param>
/// <param name="history">What the registry had of the sweep at that time.</param>
internal sealed class SweepClaim(long epoch, SweepHistory history)
{
    // The key of the plan's first cell, for the record of what is done; null for a small sweep, which needs none.
    private CellKey? _recordKey;

    // What was last recorded, without parts.
    private ClaimRecord? _recorded;

    /// <summary>The claim of an embedded silo on its only sweep, whose ledger the run has made.</summary>
    public SweepClaim(SweepLedger ledger) : this(0, new SweepHistory(SweepState.Active, ledger.Plan.CellCount, [], ImmutableDictionary<long, int>.Empty)) => Ledger = ledger;

    /// <summary>The epoch of the claim.</summary>
    public long Epoch => epoch;

    /// <summary>Number of the sweep's cells.</summary>
    public long Cells => history.Cells;

    /// <summary>Number of leases that silos held when the sweep was claimed.</summary>
    public int HeldLeases => history.Held.Length;

    /// <summary>Whether experiments of the sweep are leased.</summary>
    public SweepState State { get; private set; } = history.State;

    /// <summary>The ledger; null until <see cref="Start"/>, and after <see cref="Fail"/>.</summary>
    public SweepLedger? Ledger { get; private set; }

    /// <summary>Why the sweep cannot be computed, and when that was found out; null where it can.</summary>
    public (string Reason, TimeSpan Time)? Damage { get; private set; }

    /// <summary>Completes when the ledger or the damage is known, or the activation has ended.</summary>
    public Task Loading { get; set; } = Task.CompletedTask;

    /// <summary>The silos that may have recorded leases in the registry.</summary>
    public HashSet<string> Silos { get; } = [.. history.Held.Select(held => held.Silo)];

    /// <summary>Number of writes of losses that are not stored yet. The sweep does not finish before they are.</summary>
    public int Unstored { get; set; }

    /// <summary>How many cells are done and have failed: those that the registry had, until the ledger is known.</summary>
    public (long Done, long Failed) Counts => Ledger is { } ledger ? (ledger.Counts.Done, ledger.Counts.Failed) : history.Counts;

    /// <summary>The recorded parts of the ledger, where they are of the same cells as the plan; empty otherwise.</summary>
    /// <param name="firstCell">The key of the plan's first cell.</param>
    public IReadOnlyList<DonePart> Parts(CellKey firstCell) => history.Parts is { } parts && parts.FirstCell == firstCell ? parts.Parts : [];

    /// <summary>The experiments that silos were running or have died of, which a new ledger needs to know before it grants leases.</summary>
    public IEnumerable<long> Running(SweepPlan plan) => history.Held.SelectMany(held => held.Lease.Experiments).Concat(history.Losses.Keys).Where(index => IsExperiment(plan, index));

    /// <summary>Begins to lease the experiments of a ledger.</summary>
    /// <param name="ledger">The ledger, compared with what is stored of the experiments in <see cref="Running"/> at least.</param>
    /// <param name="recordKey">The key of the plan's first cell, if what is done is to be recorded; else null.</param>
    /// <param name="now">The present time.</param>
    /// <returns>The experiments that fail now because of their losses.</returns>
    public IReadOnlyList<LostExperiment> Start(SweepLedger ledger, CellKey? recordKey, TimeSpan now)
    {
        (Ledger, Damage, _recordKey) = (ledger, null, recordKey);
        return ledger.Restore(
            history.Losses.Where(loss => IsExperiment(ledger.Plan, loss.Key)).ToDictionary(),
            history.Held.Select(held => (held.Lease.Id, held.Silo, (IReadOnlyList<long>)[.. held.Lease.Experiments.Where(index => IsExperiment(ledger.Plan, index))])),
            now);
    }

    /// <summary>Leases nothing any more, because stored data of the sweep are damaged.</summary>
    public void Fail(string reason, TimeSpan now) => (Ledger, Damage) = (null, (reason, now));

    /// <summary>Changes the state, after the registry has recorded it.</summary>
    public void Change(SweepState state)
    {
        State = state;
        if (state == SweepState.Cancelled)
        {
            Ledger?.GiveBackAll();
        }
    }

    /// <summary>Whether every cell is done or has failed, and this is the first call since then. The state is then finished.</summary>
    public bool TryFinish()
    {
        bool finishes = State is SweepState.Active or SweepState.Paused && Unstored == 0 && Ledger is { Counts.IsFinished: true };
        State = finishes ? SweepState.Finished : State;
        return finishes;
    }

    /// <summary>What the registry has yet to record; null where it has recorded everything, or neither the ledger nor damage is known yet.</summary>
    /// <param name="rate">Cells per second.</param>
    public ClaimRecord? TakeRecord(double rate)
    {
        if (Ledger is null && Damage is null)
        {
            return null;
        }

        ClaimRecord record = RecordOf(State, rate);
        RecordedParts? parts = _recordKey is { } key && Ledger is not null ? new RecordedParts(key, Ledger.TakeChangedParts()) : null;
        return record == _recorded && parts is not { Parts.Count: > 0 } ? null : record with { Parts = parts };
    }

    /// <summary>What to record when a user changes the sweep's state.</summary>
    /// <param name="state">The new state.</param>
    /// <param name="rate">Cells per second.</param>
    public ClaimRecord RecordOf(SweepState state, double rate)
    {
        bool isOver = state is SweepState.Cancelled or SweepState.Finished;
        return new ClaimRecord(state, Counts.Done, Counts.Failed, new SweepActivity(isOver ? 0 : Ledger?.Counts.Leased ?? 0, isOver ? 0 : rate, Damage?.Reason));
    }

    /// <summary>
    /// The registry has recorded something. It keeps a sweep cancelled or finished until that is entered again: where an earlier call has recorded this although
    /// its answer was lost, that is the state.
    /// </summary>
    /// <param name="record">What was to be recorded.</param>
    /// <param name="state">The state that the registry has now.</param>
    public void Recorded(ClaimRecord record, SweepState state)
    {
        _recorded = record with { Parts = null };
        if (state != record.State && state != State)
        {
            Change(state);
        }
    }

    /// <summary>The registry has not recorded what was to be recorded.</summary>
    public void PutBack(ClaimRecord record) => Ledger?.PutBackParts(record.Parts?.Parts ?? []);

    /// <summary>The sweep's progress.</summary>
    /// <param name="rate">Cells per second.</param>
    public SweepProgress Progress(double rate) => Ledger is not { } ledger
        ? ProgressOf(State, Counts.Done, Counts.Failed, Cells) with { Damage = Damage?.Reason }
        : new SweepProgress(
            State,
            ledger.Counts.Done,
            ledger.Counts.Failed,
            ledger.Counts.Leased,
            ledger.Counts.Open,
            ledger.OpenWork,
            ledger.WorkDone,
            rate,
            [.. ledger.Holders.Order()],
            [.. ledger.Failures.OrderBy(failure => failure.Key).Take(100).Select(failure => new CellFailed(failure.Key, failure.Value))]);

    /// <summary>The progress of a sweep of which only the recorded counts are known.</summary>
    public static SweepProgress ProgressOf(SweepState state, long done, long failed, long cells) => new(state, done, failed, 0, cells - done - failed, 0, 0, 0, [], []);

    // Another version of the program may have divided the same plan into other experiments.
    private static bool IsExperiment(SweepPlan plan, long index) => index >= 0 && index < plan.Experiments.Count;
}

/// <summary>What an activation of a sweep grain records in the registry.</summary>
/// <param name="State">The sweep's state.</param>
/// <param name="Done">Number of cells that are done.</param>
/// <param name="Failed">Number of cells that have failed.</param>
/// <param name="Activity">What the cluster is doing for it.</param>
/// <param name="Parts">Parts of the ledger that have changed; null for none.</param>
internal sealed record ClaimRecord(SweepState State, long Done, long Failed, SweepActivity Activity, RecordedParts? Parts = null);
