using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>A short text for a cell in a grid of cells, with the outcome that sets its colour.</summary>
/// <param name="Text">The median of log10 σ_max(P_T) over the replicates where it is known, or of λ_1 where leading exponents alone are measured; otherwise a sign for the reason why it is missing.</param>
/// <param name="Outcome">The outcome of more than half of the replicates with a known outcome; Stable without a majority, Missing where none is
/// known.</param>
public readonly record struct CellPreview(string Text, Outcome Outcome)
{
    /// <summary>Text of a cell that is not computed.</summary>
    public const string Missing = "·";

    /// <summary>Text of a cell that could not be computed.</summary>
    public const string Failed = "failed";

    /// <summary>Text of a cell in which no replicate has a spectral norm.</summary>
    public const string Unknown = "?";

    // Larger medians are written with an exponent, because their text would widen every column.
    private const double Longest = 1e6;

    /// <summary>The short text of a cell.</summary>
    /// <param name="summary">The cell's summary; null where it has no result.</param>
    /// <param name="hasFailed">Whether a cell without a result has failed.</param>
    public static CellPreview Of(CellSummary? summary, bool hasFailed = false) => summary is null
        ? new CellPreview(hasFailed ? Failed : Missing, Outcome.Missing)
        : summary.Log10SpectralNorm.Count == 0 && summary.Statistics(ReadingColumns.Lyapunov1) is { Count: > 0 } first
            ? new CellPreview(Exponent(first.Median), Outcome.Missing)
            : new CellPreview(Number(summary.Log10SpectralNorm.Median), Prevailing(summary));

    private static string Exponent(double median) => double.IsInfinity(median) ? Number(median) : Math.Abs(median) < 0.00005 ? "0.0000" : median.ToString("0.0000");

    private static string Number(double median) => median switch
    {
        double.NaN => Unknown,
        double.NegativeInfinity => "-∞",
        double.PositiveInfinity => "∞",
        > -0.05 and < 0.05 => "0.0", // not -0.0
        _ => median.ToString(Math.Abs(median) < Longest ? "0.0" : "0.0e+0"),
    };

    private static Outcome Prevailing(CellSummary summary) => summary switch
    {
        { FractionStable: double.NaN } => Outcome.Missing,
        { FractionVanishing: > 0.5 } => Outcome.Vanishing,
        { FractionExploding: > 0.5 } => Outcome.Exploding,
        _ => Outcome.Stable,
    };
}
