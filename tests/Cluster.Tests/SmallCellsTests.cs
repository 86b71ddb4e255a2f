using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

/// <summary>Groups are the lease, cut: nothing is lost, doubled or moved, and only what is small goes together.</summary>
public sealed class SmallCellsTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 10)]
    [InlineData(32, 100)]
    [InlineData(128, 2000)]
    public void Cells_keep_their_order_and_large_ones_their_grain(int hiddenSize, int length)
    {
        SweepPlan plan = Plan(hiddenSize, length);
        ImmutableArray<CellInLease> lease = [.. Enumerable.Range(0, (int)plan.CellCount).Select(i => new CellInLease(i, CellKey.Of(plan.Cell(i)).ToString(), false))];

        ImmutableArray<CellInLease>[] groups = [.. SmallCells.Groups(lease, plan)];

        Assert.Equal<CellInLease>(lease, groups.SelectMany(group => group));
        double each = WorkEstimate.Operations(plan.Cell(0));
        const double tenMegaflops = 1e7;
        Assert.All(groups, group => Assert.True(group.Length == 1 || group.Length * each <= tenMegaflops));
        int most = Math.Max(1, (int)(tenMegaflops / each));
        Assert.Equal((lease.Length + most - 1) / most, groups.Length); // as few grains as the limit allows
    }

    [Fact]
    public void Lengths_that_are_read_in_one_go_stay_together()
    {
        SweepPlan plan = Plan(32, 1000);
        ImmutableArray<CellInLease> lease = [.. Enumerable.Range(0, 6).Select(i => new CellInLease(i, CellKey.Of(plan.Cell(i)).ToString(), i is 0 or 1 or 4))];
        Assert.Equal([3, 1, 2], SmallCells.Groups(lease, plan).Select(group => group.Length));
    }

    [Fact]
    public void No_cells_are_no_groups() => Assert.Empty(SmallCells.Groups([], Plan(2, 1)));

    private static SweepPlan Plan(int hiddenSize, int length)
    {
        ImmutableArray<FieldValue> seeds = [.. Enumerable.Range(1, 100).Select(Seed)];
        return new SweepPlan("small", new CellSpec { HiddenSize = hiddenSize, SequenceLength = length, Replicates = 2 }, [new ListAxis(SweepFields.Find("seed")!, seeds)]);

        static FieldValue Seed(int seed) => SweepFields.Find("seed")!.TryRead($"{seed}", out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem);
    }
}
