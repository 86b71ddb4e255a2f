using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row a cell. <see cref="Columns"/> is the one place that says what it holds.</summary>
/// <param name="theory">What theory says of a cell.</param>
public sealed class SummaryTable(Func<CellSpec, CellTheory> theory)
{
    private static readonly ImmutableArray<TableColumn<CellSummary>> s_always =
    [
        new("count", s => FieldText.Of(s.Count)),
        new("count_ok", s => FieldText.Of(s.CountOk)),
        .. Statistics("log10_spectral_norm", s => s.Log10SpectralNorm),
        .. Statistics("log10_gradient_norm", s => s.Log10GradientNorm),
        .. Statistics("lyapunov_max", s => s.LyapunovMax),
        .. FewStatistics("lyapunov_max_slope", s => s.LyapunovMaxSlope),
        Number("lyapunov_max_within_sem_mean", s => s.LyapunovMaxWithinSemMean),
        Number("fraction_converged", s => s.FractionConverged),
        Number("fraction_vanishing", s => s.FractionVanishing),
        Number("fraction_stable", s => s.FractionStable),
        Number("fraction_exploding", s => s.FractionExploding),
        Number("theory_lyapunov_max", s => s.Theory.LyapunovMax),
    ];

    private static readonly ImmutableArray<TableColumn<CellSummary>> s_ofSpectrum =
    [
        .. FewStatistics("log10_min_singular_value", s => s.Log10MinSingularValue),
        .. FewStatistics("log10_condition_number", s => s.Log10ConditionNumber),
        .. FewStatistics("unstable_fraction", s => s.UnstableFraction),
        .. FewStatistics("entropy_rate", s => s.EntropyRate),
        .. FewStatistics("kaplan_yorke_dimension", s => s.KaplanYorkeDimension),
        .. FewStatistics("sum_rule_residual", s => s.SumRuleResidual),
        Number("theory_unstable_fraction", s => s.Theory.UnstableFraction),
        Number("theory_entropy_rate", s => s.Theory.EntropyRate),
        Number("theory_kaplan_yorke_dimension", s => s.Theory.KaplanYorkeDimension),
    ];

    private static readonly ImmutableArray<TableColumn<CellSummary>> s_ofLags =
    [
        Number("vanishing_lag_median", s => s.VanishingLag.Median),
        Number("vanishing_lag_censored", s => s.VanishingLag.FractionCensored),
        Number("exploding_lag_median", s => s.ExplodingLag.Median),
        Number("exploding_lag_censored", s => s.ExplodingLag.FractionCensored),
    ];

    /// <summary>What is said of a cell, in the order of the columns; those of a statistic only where a cell asks for it.</summary>
    public static ImmutableArray<TableColumn<CellSummary>> Columns(CellSpec spec) =>
        [.. s_always, .. spec.MeasuresSpectrum ? s_ofSpectrum : [], .. spec.MeasuresLags ? s_ofLags : []];

    /// <summary>The header: the coordinates, cell_key, then the columns.</summary>
    public static IEnumerable<string> Header(ICellTable table) =>
        [.. table.Coordinates, "cell_key", .. Columns(table.Fixed).Select(column => column.Name)];

    /// <summary>The summary of a cell; of one that failed, whose <paramref name="result"/> is null, a count of 0 and nothing else.</summary>
    public CellSummary Summarize(CellSpec spec, CellResult? result) => result is null ? CellSummary.Failed : CellSummary.Of(result, theory(spec));

    private static IEnumerable<TableColumn<CellSummary>> Statistics(string name, Func<CellSummary, SampleStatistics> of) =>
    [
        Number($"{name}_mean", s => of(s).Mean),
        Number($"{name}_sd", s => of(s).Sd),
        Number($"{name}_sem", s => of(s).Sem),
        Number($"{name}_min", s => of(s).Min),
        Number($"{name}_q05", s => of(s).Q05),
        Number($"{name}_q25", s => of(s).Q25),
        Number($"{name}_median", s => of(s).Median),
        Number($"{name}_q75", s => of(s).Q75),
        Number($"{name}_q95", s => of(s).Q95),
        Number($"{name}_max", s => of(s).Max),
    ];

    private static IEnumerable<TableColumn<CellSummary>> FewStatistics(string name, Func<CellSummary, SampleStatistics> of) =>
    [
        Number($"{name}_mean", s => of(s).Mean),
        Number($"{name}_sd", s => of(s).Sd),
        Number($"{name}_sem", s => of(s).Sem),
        Number($"{name}_median", s => of(s).Median),
    ];

    private static TableColumn<CellSummary> Number(string name, Func<CellSummary, double> value) =>
        new(name, s => FieldText.Of(value(s))) { Number = value };
}
