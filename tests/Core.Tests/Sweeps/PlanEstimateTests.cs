using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class PlanEstimateTests
{
    public static TheoryData<string> SmallPlans =>
    [
        "",
        "sequence_length=30,10,20",
        "spectral_radius=0.5,1,1.5; sequence_length=10,100",
        "sequence_length=10,100; hidden_size=8,32,4",
        "hidden_size=8,32; replicates=1,5; sequence_length=100,7; activation=tanh,relu",
        "weights=orthogonal,gaussian; transient=0,50; input_scale=0,1; input_size=3,70",
        "replicates=7,1,40; threshold=1,2,3; seed=5,6",
        "hidden_size=32,8; threshold=1,2; sequence_length=30,10; replicates=5,50",
        "seed=1,2,3; state=pre-activation,post-activation; bias=0,1",
    ];

    [Theory]
    [MemberData(nameof(SmallPlans))]
    public void It_is_the_sum_over_all_trajectories(string text)
    {
        SweepPlan plan = Plan(text);
        PlanEstimate estimate = PlanEstimate.Of(plan), gone = PlanEstimate.Of(plan.Part(new Shard(1, 1)));

        CellSpec[] cells = [.. Enumerable.Range(0, (int)plan.CellCount).Select(i => plan.Cell(i))];
        double longest = cells.GroupBy(CellKey.OfTrajectory).Sum(alike => alike.Max(WorkEstimate.Operations));
        double draws = cells.Max(WorkEstimate.DrawOperations);
        Assert.Equal(longest + draws, estimate.Operations, (longest + draws) * 1e-9);
        Assert.Equal(estimate.Operations, gone.Operations, (longest + draws) * 1e-9);
        Assert.Equal((estimate.LargestOperations, estimate.Bytes), (gone.LargestOperations, gone.Bytes));
        Assert.Equal(longest, new SweepLedger(plan).OpenWork, longest * 1e-9);
        Assert.Equal(cells.Max(WorkEstimate.Operations), estimate.LargestOperations);
        Assert.Equal(estimate.LargestOperations, WorkEstimate.Operations(estimate.LargestCell));
        Assert.Equal(cells.Max(WorkEstimate.Bytes), estimate.Bytes);
        Assert.Equal(estimate.Bytes, WorkEstimate.Bytes(estimate.LargestMemoryCell));
        Assert.Contains(estimate.LargestCell, cells);
        Assert.Contains(estimate.LargestMemoryCell, cells);
    }

    [Fact]
    public void Threads_share_the_work_but_for_one_replicate_of_the_largest_cell()
    {
        SweepPlan many = Plan("hidden_size=8; sequence_length=10; replicates=50"), one = Plan("hidden_size=8,64; sequence_length=10; replicates=1");
        PlanEstimate shared = PlanEstimate.Of(many), alone = PlanEstimate.Of(one);

        Assert.Equal(shared.Operations / 4e9, shared.Seconds(4, 4e9), 1e-15);
        Assert.Equal(alone.LargestOperations / 1e9, alone.Seconds(4, 4e9), 1e-15); // one thread at a quarter of the speed
    }

    [Fact]
    public void Every_sequence_length_has_its_own_backward_pass_over_its_lags()
    {
        FieldSetting lengths = Setting("sequence_length=30,10,20"), lags = Setting("statistics=lags") with { IsAxis = false };
        SweepPlan norms = SweepPlan.Of("estimate", [lengths]), measured = SweepPlan.Of("estimate", [lengths, lags]);
        double ways = Enumerable.Range(0, 3).Sum(i => WorkEstimate.ReadingOperations(measured.Cell(i)));

        double expected = PlanEstimate.Of(norms).Operations + ways;
        Assert.True(ways > 0);
        Assert.Equal(expected, PlanEstimate.Of(measured).Operations, expected * 1e-9);
        Assert.Equal(expected, PlanEstimate.Of(measured.Part(new Shard(1, 1))).Operations, expected * 1e-9);
    }

    [Fact]
    public void The_largest_cell_of_a_long_axis_is_found_wherever_it_is()
    {
        // Lists have any order, and samples along the axis are likely to miss the only large size.
        string[] sizes = [.. Enumerable.Range(0, 1000).Select(i => i == 777 ? "4000" : $"{i + 1}")];
        PlanEstimate estimate = PlanEstimate.Of(Plan($"hidden_size={string.Join(',', sizes)}"));
        Assert.Equal(4000, estimate.LargestCell.HiddenSize);
        Assert.Equal(4000, estimate.LargestMemoryCell.HiddenSize);
    }

    [Fact]
    public void It_is_accurate_for_axes_that_are_too_long_to_enumerate()
    {
        SweepPlan plan = Plan($"hidden_size={string.Join(',', Enumerable.Range(1, 700))}");
        double sum = Enumerable.Range(0, 700).Sum(i => WorkEstimate.Operations(plan.Cell(i)));
        Assert.InRange(PlanEstimate.Of(plan).Operations, sum * 0.9, sum * 1.1);
    }

    [Fact]
    public void A_plan_with_the_maximum_number_of_cells_has_an_estimate()
    {
        SweepPlan plan = SweepPlan.Of("large",
            [Range("spectral_radius", "0.5", "1.5", 10_000_000), Range("sequence_length", "1", "100", 100)]);
        Assert.Equal(SweepPlan.MaximumCellCount, plan.CellCount);
        PlanEstimate estimate = PlanEstimate.Of(plan);
        double one = WorkEstimate.Operations(plan.Fixed with { SequenceLength = 100 });
        Assert.Equal(one * 1e7, estimate.Operations, one * 1e7 * 1e-3);
        Assert.Equal(100, estimate.LargestCell.SequenceLength);
    }

    private static SweepPlan Plan(string text) =>
        SweepPlan.Of("estimate", [.. text.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(Setting)]);

    private static FieldSetting Setting(string text)
    {
        SweepField field = SweepFields.Find(text.Split('=')[0])!;
        ImmutableArray<FieldValue> values = [.. text.Split('=')[1].Split(',').Select(item =>
            field.TryRead(item, out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem))];
        return new FieldSetting(new ListAxis(field, values), IsAxis: true);
    }

    private static FieldSetting Range(string name, string from, string to, long count) =>
        new(RangeAxis.Read((NumericField)SweepFields.Find(name)!, new RangeText(from, to, Count: $"{count}"), [])!, IsAxis: true);
}
