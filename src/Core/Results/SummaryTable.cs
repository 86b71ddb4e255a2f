using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row a cell. <see cref="Columns"/> is the one place that says what it holds.</summary>
/// <param name="theoryLyapunovMax">The exponent that theory gives for a cell, nats per step; NaN where no theory is known.</param>
public sealed class SummaryTable(Func<CellSpec, double> theoryLyapunovMax)
{
    /// <summary>What is said of a cell, in the order of the columns.</summary>
    public static ImmutableArray<TableColumn<CellSummary>> Columns { get; } =
    [
        new("count", s => FieldText.Of(s.Count)),
        new("count_ok", s => FieldText.Of(s.CountOk)),
        .. Statistics("log10_spectral_norm", s => s.Log10SpectralNorm),
        .. Statistics("log10_gradient_norm", s => s.Log10GradientNorm),
        .. Statistics("lyapunov_max", s => s.LyapunovMax),
        Number("fraction_vanishing", s => s.FractionVanishing),
        Number("fraction_stable", s => s.FractionStable),
        Number("fraction_exploding", s => s.FractionExploding),
        Number("theory_lyapunov_max", s => s.TheoryLyapunovMax),
    ];

    /// <summary>The header: the coordinates, cell_key, then the columns.</summary>
    public static IEnumerable<string> Header(ICellTable table) =>
        [.. table.Coordinates, "cell_key", .. Columns.Select(column => column.Name)];

    /// <summary>The summary of a cell; of one that failed, whose <paramref name="result"/> is null, a count of 0 and nothing else.</summary>
    public CellSummary Summarize(CellSpec spec, CellResult? result) =>
        result is null ? CellSummary.Failed : CellSummary.Of(result, theoryLyapunovMax(spec));

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

    private static TableColumn<CellSummary> Number(string name, Func<CellSummary, double> value) =>
        new(name, s => FieldText.Of(value(s))) { Number = value };
}
