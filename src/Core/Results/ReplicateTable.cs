using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per reading: the columns of <see cref="ReadingColumns"/>, then outcome and status.</summary>
public static class ReplicateTable
{
    /// <summary>The columns of a table, in order. Columns of a statistic are present only where its cells measure it, those of a gate where any cell has it.</summary>
    public static ImmutableArray<TableColumn<Reading>> Columns(ICellTable table) => [.. ReadingColumns.Of(table).Select(Column), .. Words(table.Fixed)];

    /// <summary>The columns of a reading of a cell.</summary>
    public static ImmutableArray<TableColumn<Reading>> Columns(CellSpec spec) => [.. ReadingColumns.Of(spec).Select(Column), .. Words(spec)];

    /// <summary>All columns of a table with rows of replicates: the coordinates, cell_key, replicate, then those of the rows.</summary>
    public static IEnumerable<TypedColumn> Typed<T>(ICellTable table, ImmutableArray<TableColumn<T>> columns) =>
        [.. table.TypedStart(), new("replicate", new(FieldContent.Whole)), .. columns.Select(column => new TypedColumn(column.Name, column.Type))];

    /// <summary>The text of an outcome; empty where it is missing.</summary>
    public static string Text(Outcome outcome) => outcome switch
    {
        Outcome.Missing => "",
        Outcome.Vanishing => "vanishing",
        Outcome.Stable => "stable",
        Outcome.Exploding => "exploding",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "an outcome without a text"),
    };

    /// <summary>The text of a status.</summary>
    public static string Text(ReplicateStatus status) => status switch
    {
        ReplicateStatus.Ok => "ok",
        ReplicateStatus.StateOverflow => "state-overflow",
        ReplicateStatus.ZeroRadius => "zero-radius",
        ReplicateStatus.ZeroGradient => "zero-gradient",
        ReplicateStatus.NoConvergence => "no-convergence",
        ReplicateStatus.Unresolved => "unresolved",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "a status without a text"),
    };

    private static TableColumn<Reading>[] Words(CellSpec spec)
    {
        var status = ReadingStatus.For(spec);
        return
        [
            new("outcome", new(FieldContent.Category, CanBeEmpty: true), r => Text(r.Outcome)),
            new("status", new(FieldContent.Category), r => Text(status.Of(r))),
            new("status_step", new(FieldContent.Whole, CanBeEmpty: true), r => r.StatusStep ?? double.NaN),
        ];
    }

    private static TableColumn<Reading> Column(ReadingColumn column) => column.Kind switch
    {
        ColumnKind.Flag => new(column.Name, new(FieldContent.Boolean, CanBeEmpty: true), reading => column.Value(reading) switch { double.NaN => "", 0 => "false", _ => "true" }),
        ColumnKind.Whole => new(column.Name, new(FieldContent.Whole, CanBeEmpty: true), column.Value),
        _ => new(column.Name, column.Value),
    };
}
