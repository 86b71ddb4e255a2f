using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class ShardsTests
{
    [Fact]
    public void Every_cell_is_in_exactly_one_shard_in_the_order_of_the_plan() => Prop.ForAll(Cuts(), cut =>
    {
        (SweepPlan plan, int count) = cut;
        Dictionary<CellSpec, long> places = Indices(plan).ToDictionary(plan.Cell);
        var seen = new HashSet<CellSpec>();
        foreach (SweepPlan part in Parts(plan, count))
        {
            CellSpec[] cells = [.. Indices(part).Select(part.Cell)];
            long[] order = [.. cells.Select(cell => places[cell])];
            if (!cells.All(seen.Add) || !order.SequenceEqual(order.Order()) || !SameCoordinates(plan, part, order))
            {
                return false;
            }
        }

        return seen.Count == plan.CellCount;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void All_cells_of_the_same_trajectory_are_in_one_shard() => Prop.ForAll(Cuts(), cut =>
    {
        (SweepPlan plan, int count) = cut;
        var trajectories = new HashSet<CellKey>();
        return Parts(plan, count).All(part =>
            part.CellCount == part.TrajectoryCount * plan.SequenceLengthCount
            && Indices(part).Select(i => CellKey.OfTrajectory(part.Cell(i))).Distinct().All(trajectories.Add)
            && Enumerable.Range(0, (int)part.TrajectoryCount).All(trajectory => Ascends(part, trajectory)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Places_in_a_shard_and_on_its_trajectories_are_inverse() => Prop.ForAll(Cuts(), cut =>
        Parts(cut.Plan, cut.Count).All(part =>
            Indices(part).All(i => part.Locate(i) is var (trajectory, rank) && part.CellIndex(trajectory, rank) == i)
            && Indices(part).Select(part.Locate).Distinct().Count() == part.CellCount)).QuickCheckThrowOnFailure();

    // Graham (1969): when a trajectory was assigned to the fullest shard, no shard had less work, so none had more than total/n.
    [Fact]
    public void No_shard_has_more_than_an_even_share_and_the_largest_trajectory() => Prop.ForAll(Cuts(), cut =>
    {
        (SweepPlan plan, int count) = cut;
        double total = Work(plan);
        double largest = Works(plan).Max();
        double[] loads = [.. Parts(plan, count).Select(Work)];
        return loads.All(load => load <= ((total / count) + largest) * (1 + 1e-12)) && Math.Abs(loads.Sum() - total) <= total * 1e-12;
    }).QuickCheckThrowOnFailure();

    // Largest first: the last trajectory of a shard is its smallest, and when the shard got it, no shard had less work.
    [Fact]
    public void Without_its_smallest_trajectory_no_shard_exceeds_another() => Prop.ForAll(Cuts(), cut =>
    {
        SweepPlan[] parts = [.. Parts(cut.Plan, cut.Count)];
        double least = parts.Min(Work);
        return parts.Where(part => part.CellCount > 0).All(part => Work(part) - Works(part).Min() <= least * (1 + 1e-12));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_shard_is_empty_while_there_are_trajectories_for_all() => Prop.ForAll(Cuts(), cut =>
        Parts(cut.Plan, cut.Count).Count(part => part.CellCount > 0) == Math.Min(cut.Count, Works(cut.Plan).Length)).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_plans_have_equal_shards() => Prop.ForAll(Cuts(), cut =>
    {
        SweepPlan again = Plan([.. cut.Plan.Axes]);
        Shards one = new(cut.Plan, cut.Count), other = new(again, cut.Count);
        return Enumerable.Range(0, (int)again.TrajectoryCount).All(trajectory => one.Of(trajectory) == other.Of(trajectory));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_shard_knows_its_whole_plan_and_splitting_it_splits_that_plan()
    {
        SweepPlan plan = Plan(List("hidden_size", "4", "8", "16"), List("sequence_length", "20", "10"));
        SweepPlan part = plan.Part(new Shard(1, 2));
        Assert.Same(plan, part.Whole);
        Assert.Equal(new Shard(1, 2), part.Shard);
        Assert.Null(plan.Shard);
        Assert.Equal(3 * 2, part.Part(new Shard(1, 1)).CellCount);

        // The largest trajectory has more work than the two others together.
        Assert.Equal([16, 16], Indices(part).Select(i => part.Cell(i).HiddenSize));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Cell(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.CellIndex(1, 0));
    }

    [Fact]
    public void The_ledger_and_the_estimate_of_a_shard_are_those_of_its_cells()
    {
        SweepPlan plan = Plan(List("hidden_size", "4", "32", "16"), List("sequence_length", "20", "10"), Steps("seed", "1", "5", "1"));
        foreach (SweepPlan part in Parts(plan, 4))
        {
            var ledger = new SweepLedger(part);
            Assert.Equal(part.CellCount, ledger.Counts.Open);
            Assert.Equal(Work(part), ledger.OpenWork, Work(part) * 1e-12);
            PlanEstimate estimate = PlanEstimate.Of(part);
            Assert.Equal(Work(part), estimate.Operations - WorkEstimate.DrawOperations(estimate.LargestCell), Work(part) * 1e-12);
            Assert.Equal(Indices(part).Max(i => WorkEstimate.Bytes(part.Cell(i))), estimate.Bytes);
        }

        SweepPlan empty = plan.Part(new Shard(99, 99));
        Assert.Equal(0, empty.CellCount);
        Assert.True(new SweepLedger(empty).Counts.IsFinished);
        Assert.Equal((0, 0, 0), (PlanEstimate.Of(empty).Operations, PlanEstimate.Of(empty).Bytes, PlanEstimate.Of(empty).LargestOperations));
    }

    [Fact]
    public void A_million_trajectories_are_split_into_equal_parts()
    {
        SweepPlan plan = Plan(Steps("seed", "1", "10000", "1"), Counted("spectral_radius", "0", "1", "100"), List("sequence_length", "10", "20"));
        Assert.Equal(2 * 1000, plan.Part(new Shard(7, 1000)).CellCount);
    }

    [Fact]
    public void A_huge_number_of_shards_needs_little_memory()
    {
        SweepPlan plan = Plan(List("seed", "1", "2"));
        Assert.Equal(1, plan.Part(new Shard(2, int.MaxValue)).CellCount);
        Assert.Equal(0, plan.Part(new Shard(int.MaxValue, int.MaxValue)).CellCount);
    }

    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("2/8", 2, 8)]
    [InlineData("08/8", 8, 8)]
    public void A_shard_is_read(string text, int number, int count)
    {
        Assert.True(Shard.TryParse(text, out Shard? shard));
        Assert.Equal(new Shard(number, count), shard);
        Assert.Equal($"{number}/{count}", shard.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1/0")]
    [InlineData("1/2/3")]
    [InlineData("-1/3")]
    [InlineData("+1/3")]
    [InlineData(" 1/3")]
    [InlineData("1/3.0")]
    [InlineData("1/99999999999")]
    public void Text_that_is_not_a_shard_is_refused(string? text) => Assert.False(Shard.TryParse(text, out _));

    [Fact]
    public void Equality_of_plans_compares_axes_values_and_fields_but_not_names()
    {
        Axis radii = List("spectral_radius", "1", "2"), lengths = List("sequence_length", "1", "2");
        SweepPlan plan = Plan(radii, lengths);
        Assert.Null(PlanDifference.Of(SweepPlan.Of("other", [Varied(radii), Varied(lengths)]), plan));
        Assert.Null(PlanDifference.Of(Plan(Steps("spectral_radius", "1", "2", "1"), lengths), plan));
        Assert.Equal("its axes are sequence_length, spectral_radius instead of spectral_radius, sequence_length",
            PlanDifference.Of(Plan(lengths, radii), plan));
        Assert.Equal("its axes are none instead of spectral_radius, sequence_length", PlanDifference.Of(Plan(), plan));
        Assert.Equal("spectral_radius has 3 values instead of 2", PlanDifference.Of(Plan(List("spectral_radius", "1", "2", "3"), lengths), plan));
        Assert.Equal("value 2 of spectral_radius is 3 instead of 2", PlanDifference.Of(Plan(List("spectral_radius", "1", "3"), lengths), plan));
        Assert.Equal("seed is 2 instead of 1",
            PlanDifference.Of(SweepPlan.Of("test", [Varied(radii), Varied(lengths), Fixed("seed", "2")]), plan));
    }

    private static IEnumerable<long> Indices(SweepPlan plan) => Enumerable.Range(0, (int)plan.CellCount).Select(i => (long)i);

    private static IEnumerable<SweepPlan> Parts(SweepPlan plan, int count) =>
        Enumerable.Range(1, count).Select(number => plan.Part(new Shard(number, count)));

    private static double Work(SweepPlan plan) => Works(plan).Sum();

    // Of cells that differ only in length or number of replicates, the longest with the most replicates is all the work.
    private static double[] Works(SweepPlan plan) =>
        [.. Indices(plan).Select(plan.Cell).GroupBy(CellKey.OfTrajectory).Select(cells => cells.Max(WorkEstimate.Operations))];

    private static bool Ascends(SweepPlan part, long trajectory)
    {
        CellSpec[] cells = [.. Enumerable.Range(0, part.SequenceLengthCount).Select(rank => part.Cell(part.CellIndex(trajectory, rank)))];
        return cells.Zip(cells.Skip(1)).All(pair => pair.First.SequenceLength < pair.Second.SequenceLength)
            && cells.Select(cell => cell with { SequenceLength = 1 }).Distinct().Count() == 1;
    }

    private static bool SameCoordinates(SweepPlan plan, SweepPlan part, long[] order) =>
        part.Coordinates.SequenceEqual(plan.Coordinates)
        && order.Index().All(place => Enumerable.Range(0, plan.Axes.Length)
            .All(axis => part.Coordinate(place.Index, axis) == plan.Coordinate(place.Item, axis)));

    /// <summary>Plans whose trajectories differ in work, with axes in any order, and numbers of shards up to more than there are trajectories.</summary>
    private static Arbitrary<(SweepPlan Plan, int Count)> Cuts()
    {
        Gen<Axis> Some(string field, params string[] values) =>
            Gen.SubListOf(values).Where(list => list.Count > 0).SelectMany(list => Gen.Shuffle(list.ToArray())).Select(list => (Axis)List(field, list));
        return (from sizes in Some("hidden_size", "1", "3", "10", "100")
                from replicates in Some("replicates", "1", "2", "50")
                from lengths in Some("sequence_length", "7", "1", "300")
                from radii in Some("spectral_radius", "0.5", "1", "1.5")
                from some in Gen.SubListOf(sizes, replicates, lengths, radii)
                from order in Gen.Shuffle(some.ToArray())
                from count in Gen.Frequency((4, Gen.Choose(1, 6)), (1, Gen.Choose(7, 60)))
                select (Plan(order), count)).ToArbitrary();
    }
}
