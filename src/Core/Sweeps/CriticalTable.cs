using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Sweeps;

/// <summary>The table with one row per bracket of a search along an axis (<see cref="LocatingSearch"/>), and its summary with one row per line of points.</summary>
public static class CriticalTable
{
    /// <summary>The columns of a bracket after the other axes' values and, where the column searched is a replicate's, <c>replicate</c>.</summary>
    public static ImmutableArray<TableColumn<CriticalRow>> Columns { get; } =
    [
        new("bracket", new(FieldContent.Whole), row => row.Index),
        new("low", row => row.Bracket.Low),
        new("high", row => row.Bracket.High),
        new("root", row => row.Bracket.Root),
        new("low_side", new(FieldContent.Category), row => CanonicalText.Of(row.Bracket.LowSide)),
        new("high_side", new(FieldContent.Category), row => CanonicalText.Of(row.Bracket.HighSide)),
        new("status", new(FieldContent.Category), row => CanonicalText.Of(row.Bracket.Status)),
    ];

    /// <summary>The columns of a line's summary after the other axes' values.</summary>
    public static ImmutableArray<TableColumn<CriticalValue>> SummaryColumns { get; } =
    [
        new("count", new(FieldContent.Whole), value => value.Count),
        new("roots", new(FieldContent.Whole), value => value.Roots),
        new("several_roots", new(FieldContent.Whole), value => value.Several),
        new("roots_before", new(FieldContent.Whole), value => value.Before),
        new("roots_beyond", new(FieldContent.Whole), value => value.Beyond),
        new("critical_median", value => value.Median),
        new("critical_low", value => value.Low),
        new("critical_high", value => value.High),
    ];

    /// <summary>All columns of the table of brackets.</summary>
    /// <param name="plan">A plan of the search.</param>
    public static ImmutableArray<TypedColumn> Typed(SweepPlan plan) =>
    [
        .. Start(plan),
        .. plan.Locating!.OfReplicate(plan) is null ? [] : new[] { new TypedColumn("replicate", new(FieldContent.Whole)) },
        .. Columns.Select(column => new TypedColumn(column.Name, column.Type)),
    ];

    /// <summary>All columns of the summary.</summary>
    public static ImmutableArray<TypedColumn> TypedSummary(SweepPlan plan) => [.. Start(plan), .. SummaryColumns.Select(column => new TypedColumn(column.Name, column.Type))];

    /// <summary>The rows of the table of brackets.</summary>
    public static IEnumerable<IEnumerable<string>> Rows(LocatingSearch search) =>
        from line in search.Critical()
        from replicate in line.Brackets.Index()
        from bracket in replicate.Item.Index()
        let row = new CriticalRow(bracket.Index + 1, bracket.Item)
        select search.Coordinates(line.Cell)
            .Concat(line.IsOfReplicates ? [$"{replicate.Index}"] : [])
            .Concat(Columns.Select(column => column.Text(row)));

    /// <summary>The rows of the summary.</summary>
    public static IEnumerable<IEnumerable<string>> SummaryRows(LocatingSearch search) =>
        search.Critical().Select(line => search.Coordinates(line.Cell).Concat(SummaryColumns.Select(column => column.Text(line.Value))));

    private static IEnumerable<TypedColumn> Start(SweepPlan plan) =>
        plan.Coordinates.Select((name, axis) => new TypedColumn(name, ((ICellTable)plan).CoordinateType(axis))).Where(column => column.Name != plan.Locating!.Field.Name);
}

/// <summary>A row of <c>critical.csv</c>.</summary>
/// <param name="Index">The bracket's number along the line, from 1.</param>
/// <param name="Bracket">The bracket; of status none where there is none.</param>
public readonly record struct CriticalRow(int Index, Bracket Bracket);
