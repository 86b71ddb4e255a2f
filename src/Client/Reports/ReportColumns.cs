using System.Collections.Immutable;
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

    // Of the statistics beside the norms; a sweep has those of the statistics that it measures.
    private static readonly string[] s_statistics =
    [
        "unstable_fraction_mean", "theory_unstable_fraction", "entropy_rate_mean", "theory_entropy_rate", "kaplan_yorke_dimension_mean", "theory_kaplan_yorke_dimension",
        "lyapunov_1_mean", "lyapunov_2_mean", "vanishing_lag_median", "halving_lag_median", "exploding_lag_median", "log10_weights_gradient_median", "gradient_mean_lag_median",
        "participation_ratio_mean", "autocorrelation_time_mean",
        "input_gate_mean_mean", "forget_gate_mean_mean", "output_gate_mean_mean", "reset_gate_mean_mean", "update_gate_mean_mean", "saturated_fraction_mean",
    ];

    /// <summary>The columns of summary.csv that the page shows of a table's cells.</summary>
    public static ImmutableArray<TableColumn<CellSummary>> Of(ICellTable table)
    {
        ImmutableArray<TableColumn<CellSummary>> all = SummaryTable.Columns(table);
        return [.. s_names.Concat(s_statistics).Select(name => all.FirstOrDefault(column => column.Name == name)).OfType<TableColumn<CellSummary>>()];
    }

    /// <summary>Names of the numbers, in the order of <see cref="Fields"/>.</summary>
    /// <param name="columns">The columns of summary.csv that the page shows.</param>
    public static IEnumerable<string> Names(ImmutableArray<TableColumn<CellSummary>> columns) => [.. columns.Select(column => column.Name), "log10_pascanu_bound_mean", "status"];

    /// <summary>The fields of a cell after its coordinates.</summary>
    public static IEnumerable<ReportField> Fields(ImmutableArray<TableColumn<CellSummary>> columns, ReportCell cell) =>
    [
        .. columns.Select(column => cell.Summary is { } summary ? ReportField.Of(column.Number!(summary)) : default),
        ReportField.Of(cell.Bound),
        new ReportField(cell.Status, IsNumber: false),
    ];
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
