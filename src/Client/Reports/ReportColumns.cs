using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports;

/// <summary>The columns of the report's table and of what is said of a cell that is pointed at: some of summary.csv's, by their names there.</summary>
internal static class ReportColumns
{
    /// <summary>Significant digits that the page shows; the tables have all.</summary>
    public const int Digits = 6;

    private static readonly string[] s_names =
    [
        "log10_spectral_norm_median", "log10_spectral_norm_q05", "log10_spectral_norm_q95", "log10_gradient_norm_median",
        "lyapunov_max_median", "lyapunov_max_mean", "lyapunov_max_sem", "lyapunov_max_slope_mean", "theory_lyapunov_max",
        "fraction_vanishing", "fraction_stable", "fraction_exploding", "count_ok",
    ];

    private static readonly ImmutableArray<TableColumn<CellSummary>> s_columns =
        [.. s_names.Select(name => SummaryTable.Columns(new CellSpec()).Single(column => column.Name == name))];

    /// <summary>Names of the numbers, in the order of <see cref="Fields"/>.</summary>
    public static IEnumerable<string> Names => [.. s_names, "log10_pascanu_bound_mean", "status"];

    /// <summary>The fields of a cell after its coordinates, as JSON; a missing one is null.</summary>
    public static IEnumerable<string?> Fields(ReportCell cell) =>
    [
        .. s_columns.Select(column => cell.Summary is null ? null : column.Number is { } number ? Number(number(cell.Summary)) : column.Text(cell.Summary)),
        Number(cell.Bound),
        cell.Status,
    ];

    /// <summary>A number in the digits of the page; null where it is missing.</summary>
    public static string? Number(double value) =>
        double.IsNaN(value) ? null : double.IsInfinity(value) ? FieldText.Of(value) : (value == 0 ? 0 : value).ToString($"G{Digits}");
}
