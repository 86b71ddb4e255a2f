using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

/// <summary>What a sweep grain knows of its sweep, from a claim on.</summary>
public sealed class SweepClaimTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);

    // Twenty experiments of one cell each.
    private readonly SweepPlan _plan = SmallSweep.Plan("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");

    [Fact]
    public void Until_the_ledger_is_known_the_counts_are_those_of_the_registry_and_nothing_is_recorded()
    {
        SweepClaim claim = Claim(SweepState.Paused, counts: (7, 2));
        SweepProgress progress = claim.Progress(rate: 1);
        Assert.Equal((SweepState.Paused, 7, 2, 11, null), (progress.State, progress.Done, progress.Failed, progress.Open, progress.Damage));
        Assert.Null(claim.TakeRecord(0));
        Assert.False(claim.TryFinish());
        Assert.Equal(new ClaimRecord(SweepState.Cancelled, 7, 2, default), claim.RecordOf(SweepState.Cancelled, 0));
    }

    [Fact]
    public void A_new_ledger_has_the_recorded_leases_and_losses_but_not_experiments_of_another_plan()
    {
        SweepClaim claim = Claim(
            held: [("silo a", new HeldLease(5, [3, 999, 4])), ("silo b", new HeldLease(6, [-1]))], losses: new() { [4] = 1, [6] = 3, [70] = 3 });
        Assert.Equal([3, 4, 4, 6], claim.Running(_plan).Order());

        LostExperiment failed = Assert.Single(claim.Start(Ledger(), null, s_now));

        Assert.Equal((6, 3), (failed.Experiment, failed.Count));
        Assert.Equal(["silo a", "silo b"], claim.Silos.Order());
        Assert.Equal((2L, 1L), (claim.Ledger!.Counts.Leased, claim.Counts.Failed));
    }

    [Fact]
    public void A_sweep_finishes_once_when_all_is_done_and_its_losses_are_stored()
    {
        SweepClaim claim = Started();
        Finish(claim);
        claim.Unstored++;
        Assert.False(claim.TryFinish());
        claim.Unstored--;
        Assert.True(claim.TryFinish());
        Assert.False(claim.TryFinish());
        Assert.Equal(SweepState.Finished, claim.State);

        SweepClaim cancelled = Started();
        cancelled.Change(SweepState.Cancelled);
        Finish(cancelled);
        Assert.False(cancelled.TryFinish());
    }

    [Fact]
    public void What_is_recorded_is_not_recorded_again()
    {
        SweepClaim claim = Started();
        ClaimRecord record = claim.TakeRecord(0)!;
        Assert.Equal(new ClaimRecord(SweepState.Active, 0, 0, default), record);
        claim.PutBack(record); // could not be recorded
        Assert.Equal(record, claim.TakeRecord(0));
        claim.Recorded(record, SweepState.Active);
        Assert.Null(claim.TakeRecord(0));

        claim.Ledger!.ReportDone(0);
        Assert.Equal(new ClaimRecord(SweepState.Active, 1, 0, default), claim.TakeRecord(0));

        record = claim.TakeRecord(2.5)!;
        Assert.Equal(new SweepActivity(0, 2.5, null), record.Activity);
        claim.Recorded(record, SweepState.Active);
        Assert.NotNull(claim.Ledger.TryLease(s_now, "silo a"));
        Assert.Equal(claim.Ledger.Counts.Leased, claim.TakeRecord(2.5)!.Activity.Computing);
        Assert.Equal(default, claim.RecordOf(SweepState.Cancelled, 2.5).Activity);
    }

    [Fact]
    public void Of_a_large_sweep_the_parts_of_the_ledger_that_changed_are_recorded_too()
    {
        CellKey firstCell = _plan.Planned(0).Key;
        SweepClaim claim = Claim();
        claim.Start(Ledger(), firstCell, s_now);
        claim.Recorded(claim.TakeRecord(0)!, SweepState.Active);
        claim.Ledger!.ReportDone(2);
        ClaimRecord record = claim.TakeRecord(0)!;
        claim.PutBack(record);
        record = claim.TakeRecord(0)!;
        Assert.Equal((firstCell, 4), (record.Parts!.FirstCell, Assert.Single(record.Parts.Parts).Bits[0]));

        SweepClaim next = Claim(parts: record.Parts);
        Assert.Equal(record.Parts.Parts, next.Parts(firstCell));
        Assert.Empty(next.Parts(CellKey.Of(new CellSpec { Seed = 99 })));
    }

    [Fact]
    public void A_state_that_the_registry_keeps_counts()
    {
        SweepClaim claim = Started();
        Assert.NotNull(claim.Ledger!.TryLease(s_now, "silo a"));
        claim.Recorded(claim.TakeRecord(0)!, SweepState.Cancelled); // an earlier cancellation was recorded, although its answer was lost
        Assert.Equal((SweepState.Cancelled, 0L), (claim.State, claim.Ledger.Counts.Leased));
    }

    [Fact]
    public void A_damaged_sweep_leases_nothing_and_says_why()
    {
        SweepClaim claim = Started();
        claim.Fail("a matrix is damaged", s_now);
        Assert.Null(claim.Ledger);
        Assert.Equal(("a matrix is damaged", s_now), claim.Damage);
        Assert.Equal("a matrix is damaged", claim.Progress(rate: 0).Damage);
        Assert.False(claim.TryFinish());
        ClaimRecord record = claim.TakeRecord(0)!;
        Assert.Equal(new ClaimRecord(SweepState.Active, 0, 0, new SweepActivity(0, 0, "a matrix is damaged")), record);
        claim.PutBack(record);
        claim.Recorded(record, SweepState.Active);
        Assert.Null(claim.TakeRecord(0));

        claim.Start(Ledger(), null, s_now);
        Assert.Null(claim.Damage);
        Assert.Null(claim.Progress(rate: 0).Damage);
    }

    private SweepLedger Ledger() => new(_plan, leaseTime: TimeSpan.FromSeconds(20));

    private SweepClaim Started()
    {
        SweepClaim claim = Claim();
        claim.Start(Ledger(), null, s_now);
        return claim;
    }

    private void Finish(SweepClaim claim)
    {
        for (long index = 0; index < _plan.Experiments.Count; index++)
        {
            claim.Ledger!.ReportDone(index);
        }
    }

    private SweepClaim Claim(
        SweepState state = SweepState.Active,
        (long, long) counts = default,
        ImmutableArray<(string, HeldLease)>? held = null,
        Dictionary<long, int>? losses = null,
        RecordedParts? parts = null) =>
        new(3, new SweepHistory(state, _plan.CellCount, held ?? [], (losses ?? []).ToImmutableDictionary()) { Counts = counts, Parts = parts });
}
