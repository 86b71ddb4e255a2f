using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class PlanSliceTests
{
    [Fact]
    public void The_radius_is_in_rows_and_the_length_in_columns_for_any_order_of_axes()
    {
        SweepPlan plan = Plan(List("sequence_length", "5", "10", "20"), List("bias", "0", "1"), List("activation", "tanh", "relu"), List("spectral_radius", "0.5", "1"));
        PlanSlice slice = PlanSlice.Of(plan);
        Assert.Equal((3, 0, 2L, 3L), (slice.RowAxis, slice.ColumnAxis, slice.RowCount, slice.ColumnCount));
        Assert.Equal(["bias=0", "activation=tanh"], slice.Held.Select(held => $"{held.Axis.Field}={held.Axis.Text(held.Index)}"));
    }

    [Fact]
    public void Without_a_radius_it_is_the_first_numeric_axis_and_without_a_length_the_first_two()
    {
        Assert.Equal((1, 2), Shown(Plan(List("activation", "tanh", "relu"), List("bias", "0", "1"), List("sequence_length", "1", "2"), List("seed", "1", "2"))));
        Assert.Equal((0, 1), Shown(Plan(List("activation", "tanh", "relu"), List("spectral_radius", "1", "2"), List("seed", "1", "2"))));
        Assert.Equal((0, 1), Shown(Plan(List("activation", "tanh", "relu"), List("sequence_length", "1", "2"))));
        Assert.Equal((0, -1), Shown(Plan(List("sequence_length", "1", "2"))));
        Assert.Equal((-1, -1), Shown(Plan()));
        Assert.Equal((2, -1), Shown(Plan(List("bias", "1"), List("seed", "3"), List("sequence_length", "1", "2")))); // an axis of one value is not shown
    }

    [Fact]
    public void Every_cell_of_a_plan_is_in_one_slice_at_its_coordinates() => Prop.ForAll(Plans(), plan =>
    {
        PlanSlice first = PlanSlice.Of(plan);
        (Axis Axis, long Index)[] others = [.. first.Held];
        IEnumerable<Dictionary<string, long>> all = [[]];
        foreach ((Axis axis, _) in others)
        {
            all = [.. all.SelectMany(held => Enumerable.Range(0, (int)axis.Count).Select(i => new Dictionary<string, long>(held) { [axis.Field.Name] = i }))];
        }

        var seen = new List<long>();
        foreach (Dictionary<string, long> held in all)
        {
            PlanSlice slice = PlanSlice.Of(plan, held);
            for (long row = 0; row < slice.RowCount; row++)
            {
                for (long column = 0; column < slice.ColumnCount; column++)
                {
                    long cell = slice.Cell(row, column);
                    seen.Add(cell);
                    bool isThere = (slice.RowAxis < 0 || plan.Coordinate(cell, slice.RowAxis) == plan.Axes[slice.RowAxis].Text(row))
                        && (slice.ColumnAxis < 0 || plan.Coordinate(cell, slice.ColumnAxis) == plan.Axes[slice.ColumnAxis].Text(column))
                        && held.All(pair => plan.Coordinate(cell, plan.Coordinates.ToList().IndexOf(pair.Key)) == plan.Axes.First(axis => axis.Field.Name == pair.Key).Text(pair.Value));
                    if (!isThere)
                    {
                        return false;
                    }
                }
            }
        }

        return seen.Order().SequenceEqual(Enumerable.Range(0, (int)plan.CellCount).Select(i => (long)i));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_slice_of_a_shard_is_that_of_the_whole()
    {
        SweepPlan whole = Plan(List("spectral_radius", "0.5", "1", "1.5"), List("sequence_length", "5", "10"));
        PlanSlice slice = PlanSlice.Of(whole.Part(new Shard(2, 2)));
        Assert.Same(whole, slice.Plan);
        Assert.Equal((3L, 2L), (slice.RowCount, slice.ColumnCount));
    }

    [Fact]
    public void Unknown_axes_and_values_are_refused()
    {
        SweepPlan plan = Plan(List("spectral_radius", "0.5", "1", "1.5"), List("sequence_length", "5", "10"));
        Assert.Throws<ArgumentOutOfRangeException>(() => PlanSlice.Of(plan, new Dictionary<string, long> { ["spectral_radius"] = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PlanSlice.Of(plan).Cell(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PlanSlice.Of(plan).Cell(0, 2));
    }

    private static (int Rows, int Columns) Shown(SweepPlan plan) => (PlanSlice.Of(plan).RowAxis, PlanSlice.Of(plan).ColumnAxis);
}
