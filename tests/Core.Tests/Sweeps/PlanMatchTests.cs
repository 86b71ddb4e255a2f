using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class PlanMatchTests
{
    [Fact]
    public void Cells_match_on_the_axes_that_both_sweeps_have()
    {
        SweepPlan first = Plan("activation=tanh,relu", "spectral_radius=0.5,1,1.5", "sequence_length=10,20");
        SweepPlan second = Plan("hidden_size=8,16", "sequence_length=20,5,10", "spectral_radius=2,1.5,1.0");
        PlanMatch match = PlanMatch.Of(first, second, 1000);
        Assert.Equal(["activation", "spectral_radius", "sequence_length", "hidden_size"], match.Fields.Select(field => field.Name));
        (string Coordinates, string First, string Second)[] found =
        [
            .. Enumerable.Range(0, (int)match.Count).Select(pair => (
                string.Join(' ', match.Fields.Select((_, axis) => match.Coordinate(pair, axis))), Text(first, match.At(pair).First), Text(second, match.At(pair).Second))),
        ];
        Assert.Equal(
            from activation in new[] { "tanh", "relu" }
            from radius in new[] { "1", "1.5" }
            from length in new[] { "10", "20" }
            from size in new[] { "8", "16" }
            select ($"{activation} {radius} {length} {size}", $"{activation} {radius} {length}", $"{size} {length} {radius}"),
            found);
        Assert.Throws<ArgumentOutOfRangeException>(() => match.At(match.Count));
    }

    [Fact]
    public void Fields_that_differ_are_named_without_those_that_follow_others()
    {
        PlanMatch match = PlanMatch.Of(
            Plan("name=one", "spectral_radius=0.5..1.5:0.1", "hidden_size=8", "activation=tanh,relu"),
            Plan("name=two", "spectral_radius=0.5..1.5:0.1", "hidden_size=16", "seed=4", "threshold=2,3"), 1000);
        Assert.Equal(
            [("hidden_size", "8", "16"), ("activation", "tanh, relu", "tanh"), ("seed", "1", "4"), ("threshold", "3", "2, 3")],
            match.Differences.Select(difference => (difference.Field.Name, difference.First, difference.Second)));
        Assert.Empty(PlanMatch.Of(match.First, match.First, 1000).Differences);
        Assert.Equal("0.5, 1, 2", Assert.Single(PlanMatch.Of(Plan("spectral_radius=0.5,1"), Plan("spectral_radius=0.5,1,2"), 1000).Differences).Second);
        Assert.Equal("11 values from 0.5 to 1.5", Assert.Single(PlanMatch.Of(match.First, Plan("spectral_radius=0.5,1", "hidden_size=8", "activation=tanh,relu"), 1000).Differences).First);
    }

    [Theory]
    [InlineData("activation=relu", true)] // nothing drawn depends on it
    [InlineData("input_scale=1", true)]
    [InlineData("replicates=64", true)]
    [InlineData("seed=2", false)]
    [InlineData("hidden_size=9", false)]
    [InlineData("weights=orthogonal", false)]
    [InlineData("tied=false", false, "scaling=expected")]
    public void Replicates_are_pairs_where_the_draws_are_the_same(string setting, bool isPaired, string other = "bias=0.5")
    {
        SweepPlan first = Plan("spectral_radius=0.5,1");
        Assert.Equal(isPaired, PlanMatch.Of(first, Plan("spectral_radius=0.5,1", setting, other), 1000).IsPaired(1));
        Assert.True(PlanMatch.Of(first, first, 1000).IsPaired(0));
    }

    [Theory]
    [InlineData("a", "a", "1", true)]
    [InlineData("a", "b", "1", false)]
    [InlineData("a", "a", "2", false)]
    [InlineData(null, null, "1", false)]
    public void Trained_networks_are_pairs_where_they_are_measured_on_the_sequences_of_the_same_input(string? firstInput, string? secondInput, string secondSeed, bool isPaired)
    {
        PlanMatch match = PlanMatch.Of(Measured(5, firstInput, "1"), Measured(3, secondInput, secondSeed), 1000);
        Assert.Equal(isPaired, match.IsPaired(0));

        static SweepPlan Measured(int units, string? input, string seed) => SweepPlan.Of(
            "trained", [SweepParts.Fixed(SweepParts.TrainedNetwork(units)), SweepParts.Fixed("seed", seed), .. input is null ? Array.Empty<FieldSetting>() : [SweepParts.Fixed(SweepParts.File("input", input))]]);
    }

    [Fact]
    public void A_seed_that_is_an_axis_of_one_sweep_pairs_the_cells_with_the_same_seed()
    {
        PlanMatch match = PlanMatch.Of(Plan("seed=1,2,3"), Plan("seed=2", "activation=relu"), 1000);
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(pair => match.IsPaired(pair)));
    }

    [Fact]
    public void Sweeps_without_a_common_value_and_too_many_pairs_are_refused()
    {
        SweepPlan first = Plan("spectral_radius=0.5,1");
        Assert.Equal(
            "no cells match: spectral_radius has no value in both sweeps, but 0.5, 1 in one and 5 values from 2 to 3 in the other",
            Assert.Throws<ArgumentException>(() => PlanMatch.Of(first, Plan("spectral_radius=2..3/5"), 1000)).Message);
        Assert.Equal(
            "at most 3 pairs of cells can be compared, but 4 match",
            Assert.Throws<ArgumentException>(() => PlanMatch.Of(first, Plan("sequence_length=1,2"), 3)).Message);
    }

    [Fact]
    public void A_shard_is_matched_as_its_whole_sweep()
    {
        SweepPlan plan = Plan("spectral_radius=0.5,1,2,3");
        PlanMatch match = PlanMatch.Of(plan.Part(new Shard(2, 2)), plan, 1000);
        Assert.Equal(4, match.Count);
        Assert.All(Enumerable.Range(0, 4), pair => Assert.Equal((pair, pair), match.At(pair)));
    }

    [Fact]
    public void A_table_of_all_fields_has_each_field_of_a_cell_once()
    {
        SweepPlan plan = Plan("hidden_size=8,16", "sequence_length=10,20", "seed=18446744073709551615");
        var table = new AllFieldsTable(plan);
        Assert.Equal(table.Coordinates.Count, table.Coordinates.Distinct().Count());
        Assert.Equal(["hidden_size", "sequence_length"], table.Coordinates.Take(2));
        Assert.Equal(
            SweepFields.All.Where(field => field.Text(plan.Fixed) is not null).Select(field => field.Name).Order(),
            table.Coordinates.Order());
        for (long cell = 0; cell < plan.CellCount; cell++)
        {
            for (int axis = 0; axis < table.Coordinates.Count; axis++)
            {
                // The length of the input follows the one of the state.
                Assert.Equal(SweepFields.Find(table.Coordinates[axis])!.Text(plan.Cell(cell)), table.Coordinate(cell, axis));
            }
        }

        string[] names = [.. ((ICellTable)table).TypedStart().Select(column => column.Name)];
        Assert.Equal([.. table.Coordinates, "cell_key"], names);
        string[] columns = [.. SummaryTable.Columns(table).Select(column => column.Name), .. ReplicateTable.Columns(table).Select(column => column.Name), "replicate"];
        Assert.Empty(columns.Intersect(names));
        Assert.Equal("unsigned", table.CoordinateType(table.Coordinates.ToList().IndexOf("seed")).ToString());
        Assert.Equal("text", table.CoordinateType(table.Coordinates.ToList().IndexOf("statistics")).ToString());
    }

    // FIELD=VALUE, FIELD=A,B, FIELD=FROM..TO:STEP or FIELD=FROM..TO/COUNT.
    private static SweepPlan Plan(params string[] settings) => SweepPlan.Of("test", [.. settings.Select(setting => setting.Split('=')).Select(parts => Setting(parts[0], parts[1]))]);

    private static FieldSetting Setting(string field, string values)
    {
        string[] ends = values.Split("..");
        return ends switch
        {
            [var from, var rest] when rest.Split(':') is [var to, var step] => SweepParts.Varied(SweepParts.Steps(field, from, to, step)),
            [var from, var rest] when rest.Split('/') is [var to, var count] => SweepParts.Varied(SweepParts.Counted(field, from, to, count)),
            _ => values.Contains(',', StringComparison.Ordinal) ? SweepParts.Varied(SweepParts.List(field, values.Split(','))) : SweepParts.Fixed(field, values),
        };
    }

    private static string Text(SweepPlan plan, long cell) => string.Join(' ', plan.Axes.Select((_, axis) => plan.Coordinate(cell, axis)));
}
