using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports;

/// <summary>The columns of the report's table and of the tooltip of a cell: some of summary.csv's, with the same names.</summary>
internal static class ReportColumns
{
    /// <summary>Significant digits on the page; the CSV files have all.</summary>
    public const int Digits = 6;

    private static readonly string[] s_names =
    [
        "log10_spectral_norm_median", "log10_spectral_norm_q05", "log10_spectral_norm_q95", "log10_gradient_norm_median",
        "lyapunov_max_median", "lyapunov_max_mean", "lyapunov_max_sem", "lyapunov_max_slope_mean", "theory_lyapunov_max",
        "fraction_vanishing", "fraction_stable", "fraction_exploding", "count_ok",
    ];

    private static readonly string[] s_namesOfGradient = ["log10_weights_gradient_median", "gradient_mean_lag_median"];

    private static readonly ImmutableArray<TableColumn<CellSummary>> s_columns = Columns(new CellSpec(), s_names);

    private static readonly ImmutableArray<TableColumn<CellSummary>> s_columnsWithGradient = Columns(new CellSpec { MeasuresGradient = true }, [.. s_names, .. s_namesOfGradient]);

    /// <summary>Names of the numbers, in the order of <see cref="Fields"/>.</summary>
    /// <param name="spec">Any cell, for the statistics that are measured.</param>
    public static IEnumerable<string> Names(CellSpec spec) => [.. Columns(spec).Select(column => column.Name), "log10_pascanu_bound_mean", "status"];

    /// <summary>The fields of a cell after its coordinates.</summary>
    public static IEnumerable<ReportField> Fields(ReportCell cell) =>
    [
        .. Columns(cell.Spec).Select(column => cell.Summary is { } summary ? ReportField.Of(column.Number!(summary)) : default),
        ReportField.Of(cell.Bound),
        new ReportField(cell.Status, IsNumber: false),
    ];

    private static ImmutableArray<TableColumn<CellSummary>> Columns(CellSpec spec) => spec.MeasuresGradient ? s_columnsWithGradient : s_columns;

    private static ImmutableArray<TableColumn<CellSummary>> Columns(CellSpec spec, string[] names) =>
        [.. names.Select(name => SummaryTable.Columns(spec).Single(column => column.Name == name))];
}

/// <summary>A field of the report's table.</summary>
/// <param name="Text">Its text; null where a number is missing.</param>
/// <param name="IsNumber">Whether the text is a finite number, in the digits of the page.</param>
internal readonly record struct ReportField(string? Text, bool IsNumber)
{
    public static ReportField Of(double value) => double.IsFinite(value)
        ? new ReportField((value == 0 ? 0 : value).ToString($"G{ReportColumns.Digits}"), IsNumber: true)
        : new ReportField(double.IsNaN(value) ? null : FieldText.Of(value), IsNumber: false);
}
