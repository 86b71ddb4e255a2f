using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>What one sees of a cell at a glance: a few characters, and an outcome for their colour.</summary>
/// <param name="Text">The median of log10 σ_max(P_T) over the replicates where it is known, or a sign for why there is none.</param>
/// <param name="Outcome">What more than half of the known replicates do, and stable where no outcome has more than half. Missing where none is known.</param>
public readonly record struct CellGlance(string Text, Outcome Outcome)
{
    /// <summary>Stands for a cell that is not computed.</summary>
    public const string Missing = "·";

    /// <summary>Stands for a cell that could not be computed.</summary>
    public const string Failed = "failed";

    /// <summary>Stands for a cell without a norm: no replicate has one.</summary>
    public const string Unknown = "?";

    // A median of more characters than this would make every column as wide.
    private const double Longest = 1e6;

    /// <summary>What is seen of a cell.</summary>
    /// <param name="summary">What is known of it; null where it has no result.</param>
    /// <param name="hasFailed">Whether, having no result, it has failed.</param>
    public static CellGlance Of(CellSummary? summary, bool hasFailed = false) => summary is null
        ? new CellGlance(hasFailed ? Failed : Missing, Outcome.Missing)
        : new CellGlance(Number(summary.Log10SpectralNorm.Median), Prevailing(summary));

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
