using FsCheck;
using FsCheck.Fluent;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class LedgerHistoryTests
{
    [Fact]
    public void Any_history_agrees_with_a_naive_model_and_ends()
    {
        Gen<LedgerStep> step =
            from what in Gen.Frequency(
                (6, Gen.Constant(What.Lease)), (8, Gen.Constant(What.Done)), (2, Gen.Constant(What.Failed)),
                (1, Gen.Constant(What.LateDone)), (1, Gen.Constant(What.LateFailed)),
                (1, Gen.Constant(What.Renew)), (2, Gen.Constant(What.GiveBack)), (3, Gen.Constant(What.Lose)), (2, Gen.Constant(What.Wait)))
            from which in Gen.Choose(0, 1000)
            from experiment in Gen.Choose(0, 1000)
            select new LedgerStep(what, which, experiment);
        var range = from cell in Gen.Choose(0, 100)
                    from first in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(0, 39)))
                    from count in Gen.Frequency((2, Gen.Constant(40)), (1, Gen.Choose(1, 20)))
                    select new StoredRange(cell, first, count);
        var histories =
            from plan in RunPlans.Any.Where(plan => plan.CellCount > 0)
            from stored in Gen.OneOf(Gen.Constant(Array.Empty<StoredRange>()), Gen.ArrayOf(range))
            from steps in Gen.ListOf(step)
            select (plan, stored, steps: steps.ToArray());

        Prop.ForAll(Arb.From(histories), history =>
        {
            var model = new LedgerModel(history.plan, history.stored);
            foreach (LedgerStep next in history.steps)
            {
                model.Take(next);
            }

            model.Finish();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(60));
    }
}

internal enum What
{
    Lease,
    Done,
    Failed,
    LateDone,
    LateFailed,
    Renew,
    GiveBack,
    Lose,
    Wait,
}

/// <summary>One random step; the numbers select a lease or an experiment.</summary>
internal sealed record LedgerStep(What What, int Which, int Experiment);

/// <summary>Replicates of a cell that are stored before the ledger is made, at most as many as the cell has.</summary>
internal sealed record StoredRange(int Cell, int First, int Count);
