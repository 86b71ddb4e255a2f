using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Results;

public sealed class ColumnTypeTests
{
    [Theory]
    [InlineData("spectral_radius", "real", "1", "2")]
    [InlineData("sequence_length", "integer", "1", "2")]
    [InlineData("seed", "unsigned", "1", "18446744073709551615")]
    [InlineData("activation", "text", "tanh", "relu")]
    [InlineData("layer", "integer", "0", "1")]
    [InlineData("layer", "text", "all", "1")]
    public void An_axis_has_the_type_of_its_field_or_of_its_names(string field, string type, params string[] values) =>
        Assert.Equal(type, Axis(field, values).Type.ToString());

    [Theory]
    [InlineData("integer", "128", "2048")]
    [InlineData("text", "first", "2048")]
    [InlineData("text", "007", "2048")]
    [InlineData("text", "1", "99999999999999999999")]
    public void An_axis_of_files_is_whole_where_all_names_are_whole_numbers(string type, params string[] names) => Assert.Equal(type, Files("weights", names).Type.ToString());

    [Fact]
    public void Names_of_files_in_a_field_of_numbers_are_texts() => Assert.Equal("text", Files("initial_state", ["1", "2"]).Type.ToString());

    [Fact]
    public void Every_column_has_one_type_in_all_tables()
    {
        var table = SweepPlan.Of("types", [new FieldSetting(Axis("statistics", "spectrum", "lags"), IsAxis: false), new FieldSetting(Axis("network", "gru", "lstm"), IsAxis: true)]);
        TypedColumn[] all =
        [
            .. SummaryTable.Typed(table),
            .. ReplicateTable.Typed(table, ReplicateTable.Columns(table)),
            .. ReplicateTable.Typed(table, SpectrumTable.Columns),
            .. ReplicateTable.Typed(table, LagsTable.Columns(table.Fixed)),
        ];
        Assert.All(all.GroupBy(column => column.Name), columns => Assert.Single(columns.Distinct()));

        // Numbers of replicates are whole, flags are flags, and names are no numbers.
        Assert.Equal("text", all.First(column => column.Name == "network").Type.ToString());
        Assert.Equal("boolean?", all.First(column => column.Name == "converged").Type.ToString());
        Assert.Equal("integer?", all.First(column => column.Name == "halving_lag").Type.ToString());
        Assert.All(all, column => Assert.Equal(column.Type.CanBeEmpty, column.Type.ToString().EndsWith('?')));
    }

    private static ListAxis Axis(string field, params string[] values)
    {
        SweepField of = SweepFields.All.First(each => each.Name == field);
        return new ListAxis(of, [.. values.Select(text => of.TryRead(text, out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem))]);
    }

    private static ListAxis Files(string field, string[] names)
    {
        SweepField of = SweepFields.All.First(each => each.Name == field);
        return new ListAxis(of, [.. names.Select((name, i) => of.TryUse(name, name, new Matrix(2, 2), $"{i}", out MatrixValue? value, out string? problem) ? value : throw new ArgumentException(problem))]);
    }
}
