using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per cell: summaries of the columns of a reading (<see cref="ReadingColumns"/>), outcomes and theory.</summary>
/// <param name="theory">Returns the theoretical values of a cell.</param>
public sealed class SummaryTable(Func<CellSpec, CellTheory> theory)
{
    private static readonly ImmutableArray<TableColumn<CellSummary>> s_theoryOfSpectrum =
    [
        new("theory_unstable_fraction", s => s.Theory.UnstableFraction),
        new("theory_entropy_rate", s => s.Theory.EntropyRate),
        new("theory_kaplan_yorke_dimension", s => s.Theory.KaplanYorkeDimension),
    ];

    /// <summary>The columns of a table, in order. Columns of a statistic are present only where its cells measure it, those of a gate where any cell has it.</summary>
    public static ImmutableArray<TableColumn<CellSummary>> Columns(ICellTable table) => Columns(table.Fixed, [.. ReadingColumns.Of(table)]);

    /// <summary>The columns of a table of one cell.</summary>
    public static ImmutableArray<TableColumn<CellSummary>> Columns(CellSpec spec) => Columns(spec, [.. ReadingColumns.Of(spec)]);

    /// <summary>All columns: the coordinates, cell_key, then those of the cells.</summary>
    public static IEnumerable<TypedColumn> Typed(ICellTable table) => [.. table.TypedStart(), .. Columns(table).Select(column => new TypedColumn(column.Name, column.Type))];

    /// <summary>The summary of a cell; where <paramref name="result"/> is null, a count of 0 and no other number.</summary>
    public CellSummary Summarize(CellSpec spec, CellResult? result) => result is null ? CellSummary.Failed : CellSummary.Of(result, theory(spec));

    private static ImmutableArray<TableColumn<CellSummary>> Columns(CellSpec spec, ReadingColumn[] measured) =>
    [
        new("count", new(FieldContent.Whole), s => s.Count),
        new("count_ok", new(FieldContent.Whole), s => s.CountOk),
        .. Of(measured, ColumnGroup.Norms),
        new("fraction_vanishing", s => s.FractionVanishing),
        new("fraction_stable", s => s.FractionStable),
        new("fraction_exploding", s => s.FractionExploding),
        new("theory_lyapunov_max", s => s.Theory.LyapunovMax),
        .. Of(measured, ColumnGroup.Spectrum, ColumnGroup.Exponents),
        .. spec.MeasuresExponents ? s_theoryOfSpectrum : [],
        .. Of(measured, ColumnGroup.Leading),
        .. Of(measured, ColumnGroup.Lags),
        .. Of(measured, ColumnGroup.Gradient),
        .. Of(measured, ColumnGroup.Activity),
        .. Of(measured, ColumnGroup.Gates),
    ];

    private static IEnumerable<TableColumn<CellSummary>> Of(ReadingColumn[] measured, params ColumnGroup[] groups) => measured.Where(column => groups.Contains(column.Group)).SelectMany(Of);

    private static TableColumn<CellSummary>[] Of(ReadingColumn column)
    {
        string name = column.Name;
        return column.Summary switch
        {
            ColumnSummary.Full =>
            [
                Statistic("mean", s => s.Mean), Statistic("sd", s => s.Sd), Statistic("sem", s => s.Sem), Statistic("min", s => s.Min), Statistic("q05", s => s.Q05),
                Statistic("q25", s => s.Q25), Statistic("median", s => s.Median), Statistic("q75", s => s.Q75), Statistic("q95", s => s.Q95), Statistic("max", s => s.Max),
            ],
            ColumnSummary.Few => [Statistic("mean", s => s.Mean), Statistic("sd", s => s.Sd), Statistic("sem", s => s.Sem), Statistic("median", s => s.Median)],
            ColumnSummary.Mean => [Statistic("mean", s => s.Mean)],
            ColumnSummary.Fraction => [new($"fraction_{name}", s => s.Fraction(column))],
            ColumnSummary.Censored => [new($"{name}_median", s => s.Median(column).Median), new($"{name}_censored", s => s.Median(column).FractionCensored)],
            _ => [],
        };

        TableColumn<CellSummary> Statistic(string suffix, Func<SampleStatistics, double> value) => new($"{name}_{suffix}", s => value(s.Statistics(column)));
    }
}
