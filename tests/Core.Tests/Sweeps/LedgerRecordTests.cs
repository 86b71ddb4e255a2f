using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>The record of what is done, with which a later ledger starts.</summary>
public sealed class LedgerRecordTests
{
    [Fact]
    public void A_record_has_the_parts_that_changed_since_the_last_one()
    {
        SweepPlan plan = RunPlans.Cut(List("bias", "0", "1", "2"));
        int each = plan.Experiments.CountOf(0);
        var ledger = new SweepLedger(plan);
        ledger.ReportFailed(0, plan.Experiments[0].Failures("a reason"));
        Assert.Empty(ledger.TakeChangedParts());
        for (int experiment = each; experiment < 2 * each; experiment++)
        {
            ledger.ReportDone(experiment);
        }

        DonePart part = Assert.Single(ledger.TakeChangedParts());
        Assert.Equal((0, (byte)0b010), (part.Index, Assert.Single(part.Bits)));
        Assert.Empty(ledger.TakeChangedParts());
        ledger.PutBackParts([part]);
        Assert.Equal(part.Bits, Assert.Single(ledger.TakeChangedParts()).Bits);
    }

    [Fact]
    public void A_large_plan_has_several_parts()
    {
        SweepPlan plan = SweepPlan.Of("large", [Varied(Steps("seed", "1", $"{DonePart.Trajectories + 10}", "1")), Fixed("replicates", "1")]);
        var ledger = new SweepLedger(plan);
        ledger.ReportDone(DonePart.Trajectories + 3);
        DonePart part = Assert.Single(ledger.TakeChangedParts());
        Assert.Equal(1, part.Index);
        Assert.Equal<byte>([0b1000, 0], part.Bits);

        var later = new SweepLedger(plan, done: [part]) { Compared = DonePart.Trajectories };
        Assert.Equal(new LedgerCounts(1, 0, 0, plan.CellCount - 1), later.Counts);
        Assert.Equal([0, 1, 2, 4, 5], later.Uncompared(5).Select(trajectory => trajectory - DonePart.Trajectories));
    }

    [Fact]
    public void Trajectories_that_are_read_from_the_runs_of_another_are_counted_once()
    {
        SweepPlan plan = Plan(List("threshold", "1", "2"), List("sequence_length", "10", "20"));
        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), new SweepLedger(plan, done: [new DonePart(0, [0xff])]).Counts);
    }

    [Fact]
    public void Recorded_parts_of_a_damaged_database_are_read_as_far_as_the_plan_goes()
    {
        SweepPlan plan = RunPlans.Cut();
        var ledger = new SweepLedger(plan, done: [new DonePart(0, [0xff, 0xff]), new DonePart(7, [0xff])]);
        Assert.Equal(plan.CellCount, ledger.Counts.Done);
        Assert.Equal(0, ledger.OpenWork);
    }
}
