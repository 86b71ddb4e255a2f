using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class SweepPlanTests
{
    private static IEnumerable<long> Indices(SweepPlan plan) => Enumerable.Range(0, (int)plan.CellCount).Select(i => (long)i);

    private static CellKey[] Keys(SweepPlan plan) => [.. Indices(plan).Select(i => CellKey.Of(plan.Cell(i)))];

    private static string[] Coordinates(SweepPlan plan, long index) =>
        [.. Enumerable.Range(0, plan.Axes.Length).Select(axis => plan.Coordinate(index, axis))];

    [Fact]
    public void Cells_come_in_the_order_of_nested_loops_over_the_axes() => Prop.ForAll(Plans(), plan =>
    {
        IEnumerable<string[]> loops = [[]];
        foreach (Axis axis in plan.Axes)
        {
            loops = loops.SelectMany(outer => Texts(axis).Select(text => (string[])[.. outer, text]));
        }

        return loops.Zip(Indices(plan)).All(pair => pair.First.SequenceEqual(Coordinates(plan, pair.Second))) && loops.Count() == plan.CellCount;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cell_holds_its_coordinates() => Prop.ForAll(Plans(), plan =>
        Indices(plan).All(i => Coordinates(plan, i).SequenceEqual(plan.Axes.Select(axis => axis.Field.Text(plan.Cell(i))))))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Keys_are_distinct() => Prop.ForAll(Plans(), plan => Keys(plan).Distinct().Count() == plan.CellCount).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_the_axes_does_not_change_the_keys() => Prop.ForAll(Plans(), plan =>
        Keys(plan).ToHashSet().SetEquals(Keys(Plan([.. plan.Axes.Reverse()])))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_value_added_to_an_axis_changes_no_other_cell() => Prop.ForAll(Plans(), plan =>
    {
        Axis[] axes = [.. plan.Axes.Where(axis => axis.Field.Name != "input_scale")];
        HashSet<CellKey> few = [.. Keys(Plan([.. axes, List("input_scale", "2")]))];
        HashSet<CellKey> more = [.. Keys(Plan([.. axes, List("input_scale", "5", "2")]))];
        return few.IsProperSubsetOf(more);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_cell_is_on_one_trajectory_at_one_length() => Prop.ForAll(Plans(), plan =>
        plan.TrajectoryCount * plan.SequenceLengthCount == plan.CellCount
        && Indices(plan).All(i => plan.Locate(i) is var (trajectory, rank) && plan.CellIndex(trajectory, rank) == i)
        && Indices(plan).Select(plan.Locate).Distinct().Count() == plan.CellCount).QuickCheckThrowOnFailure();

    [Fact]
    public void Cells_of_a_trajectory_ascend_in_sequence_length_and_differ_in_nothing_else() => Prop.ForAll(Plans(), plan =>
    {
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            CellSpec[] cells = [.. Enumerable.Range(0, plan.SequenceLengthCount).Select(rank => plan.Cell(plan.CellIndex(trajectory, rank)))];
            if (cells.Zip(cells.Skip(1)).Any(pair => pair.First.SequenceLength >= pair.Second.SequenceLength)
                || cells.Select(cell => cell with { SequenceLength = 1 }).Distinct().Count() > 1)
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1000", "10", 1_000_000)]
    [InlineData("10000", "1000", 1_000_000_000)]
    public void A_plan_allocates_nothing_for_its_cells(string seeds, string lengths, long cells)
    {
        RangeAxis[] Axes() => [Steps("seed", "1", seeds, "1"), Counted("spectral_radius", "0", "1", "100"), Steps("sequence_length", "1", lengths, "1")];
        _ = Plan(Axes()); // once, so that the JIT compiler has run
        long before = GC.GetAllocatedBytesForCurrentThread();
        SweepPlan plan = Plan(Axes());
        CellSpec last = plan.Cell(cells - 1);
        Assert.Equal(cells, plan.CellCount);
        Assert.Equal((1UL * ulong.Parse(seeds), 1.0, int.Parse(lengths)), (last.Seed, last.SpectralRadius, last.SequenceLength));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    /// <summary>The key does not depend on earlier requests, for a whole plan or a shard.</summary>
    [Fact]
    public void A_cell_is_planned_with_its_own_key() => Prop.ForAll(Plans(), plan =>
        new[] { plan, plan.Part(new Shard(1, 2)) }.All(part => Indices(part).Reverse().Concat(Indices(part))
            .All(i => part.Planned(i) == new PlannedReading(part.Cell(i), CellKey.Of(part.Cell(i)))))).QuickCheckThrowOnFailure();

    [Fact]
    public void Keys_are_the_same_in_a_plan_that_is_too_large_to_cache_them()
    {
        SweepPlan few = Plan(Steps("seed", "1", "9", "1"), List("sequence_length", "9", "5")), many = Plan(Steps("seed", "1", "500000", "1"), List("sequence_length", "9", "5"));
        Assert.All(Indices(few), i => Assert.Equal(few.Planned(i), many.Planned(i)));
        Assert.Equal([.. few.Experiments[3].Readings], many.Experiments[3].Readings.ToArray());
    }

    [Fact]
    public void A_plan_without_axes_is_one_cell_of_defaults()
    {
        SweepPlan plan = Plan();
        Assert.Equal((1L, 1L, 1), (plan.CellCount, plan.TrajectoryCount, plan.SequenceLengthCount));
        Assert.Equal(new CellSpec(), plan.Cell(0));
    }

    [Fact]
    public void An_index_beyond_the_cells_is_refused()
    {
        SweepPlan plan = Plan(List("seed", "1", "2"));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Cell(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Cell(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.CellIndex(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Locate(2));
    }
}
