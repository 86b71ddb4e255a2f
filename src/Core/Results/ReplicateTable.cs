using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row a replicate. <see cref="Columns"/> is the one place that says what it holds.</summary>
public static class ReplicateTable
{
    private static readonly ImmutableArray<TableColumn<ReplicateResult>> s_numbers =
    [
        Number("log10_spectral_norm", r => r.Log10SpectralNorm),
        Number("log10_frobenius_norm", r => r.Log10FrobeniusNorm),
        Number("log10_gradient_norm", r => r.Log10GradientNorm),
        Number("log10_abs_determinant", r => r.Log10AbsDeterminant),
        Number("lyapunov_max", r => r.LyapunovMax),
        Number("lyapunov_mean", r => r.LyapunovMean),
        Number("lyapunov_max_slope", r => r.LyapunovMaxSlope),
        Number("lyapunov_max_within_sem", r => r.LyapunovMaxWithinSem),
        new("converged", r => r.Converged switch { null => "", true => "true", false => "false" }),
        Number("log10_pascanu_bound", r => r.Log10PascanuBound),
        Number("log10_path_bound", r => r.Log10PathBound),
        Number("mean_slope", r => r.MeanSlope),
        Number("mean_log_slope", r => r.MeanLogSlope),
        Number("omega", r => r.Omega),
        Number("weights_spectral_norm", r => r.WeightsSpectralNorm),
    ];

    private static readonly ImmutableArray<TableColumn<ReplicateResult>> s_ofSpectrum =
    [
        OfSpectrum("log10_min_singular_value", statistics => statistics.Log10MinSingularValue),
        OfSpectrum("log10_condition_number", statistics => statistics.Log10ConditionNumber),
        OfSpectrum("unstable_fraction", statistics => statistics.UnstableFraction),
        OfSpectrum("entropy_rate", statistics => statistics.EntropyRate),
        OfSpectrum("kaplan_yorke_dimension", statistics => statistics.KaplanYorkeDimension),
        OfSpectrum("sum_rule_residual", statistics => statistics.SumRuleResidual),
    ];

    private static readonly ImmutableArray<TableColumn<ReplicateResult>> s_ofLags =
    [
        new("vanishing_lag", r => r.Lags?.VanishingLag is { } lag ? FieldText.Of(lag) : ""),
        new("exploding_lag", r => r.Lags?.ExplodingLag is { } lag ? FieldText.Of(lag) : ""),
    ];

    private static readonly ImmutableArray<TableColumn<ReplicateResult>> s_words =
    [
        new("outcome", r => Text(r.Outcome)),
        new("status", r => Text(r.Status)),
        new("status_step", r => r.StatusStep is { } step ? FieldText.Of(step) : ""),
    ];

    /// <summary>What is measured of a replicate, in the order of the columns; those of a statistic only where a cell asks for it.</summary>
    public static ImmutableArray<TableColumn<ReplicateResult>> Columns(CellSpec spec) =>
        [.. s_numbers, .. spec.MeasuresSpectrum ? s_ofSpectrum : [], .. spec.MeasuresLags ? s_ofLags : [], .. s_words];

    /// <summary>The header: the coordinates, cell_key, replicate, then the columns.</summary>
    public static IEnumerable<string> Header(ICellTable table) =>
        [.. table.Coordinates, "cell_key", "replicate", .. Columns(table.Fixed).Select(column => column.Name)];

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
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "a status without a text"),
    };

    private static TableColumn<ReplicateResult> OfSpectrum(string name, Func<SpectrumStatistics, double> value) =>
        Number(name, r => r.Spectrum is { } spectrum ? value(spectrum.Statistics) : double.NaN);

    private static TableColumn<ReplicateResult> Number(string name, Func<ReplicateResult, double> value) =>
        new(name, r => FieldText.Of(value(r))) { Number = value };
}
