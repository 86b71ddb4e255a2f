namespace RnnSweep.Core.Experiments;

/// <summary>Names of the statistics in the sweep file.</summary>
public static class StatisticsNames
{
    /// <summary>The norms, which are measured unless the statistics are <see cref="Leading"/>, or it and <see cref="Activity"/>.</summary>
    public const string Norms = "norms";

    /// <summary>All singular values of P_T.</summary>
    public const string Spectrum = "spectrum";

    /// <summary>The dependence over lags.</summary>
    public const string Lags = "lags";

    /// <summary>The leading Lyapunov exponents; alone, without the product P_T.</summary>
    public const string Leading = "leading";

    /// <summary>The gradients of a loss with respect to the parameters.</summary>
    public const string Gradient = "gradient";

    /// <summary>Variance, autocorrelation time and participation ratio of the states.</summary>
    public const string Activity = "activity";

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Norms, Spectrum, Lags, Leading, Gradient, Activity];

    /// <summary>The names of the statistics that a cell measures, in order, separated by commas.</summary>
    public static string Of(CellSpec spec) => spec switch
    {
        { MeasuresNorms: true, MeasuresSpectrum: false, MeasuresLags: false, MeasuresLeading: false, MeasuresGradient: false, MeasuresActivity: false } => Norms, // the usual cells need no list
        _ => string.Join(", ", All.Where(name => Measures(spec, name))),
    };

    /// <summary>The cell with some statistics, given by their names in any order.</summary>
    public static CellSpec Add(CellSpec spec, IEnumerable<string> names)
    {
        string[] all = [.. names];
        spec = all.Contains(Leading) ? spec with { MeasuresLeading = true, MeasuresNorms = false } : spec;
        return all.Except([Leading]).Aggregate(spec, Add);
    }

    private static bool Measures(CellSpec spec, string name) => name switch
    {
        Norms => spec.MeasuresNorms,
        Spectrum => spec.MeasuresSpectrum,
        Lags => spec.MeasuresLags,
        Gradient => spec.MeasuresGradient,
        Activity => spec.MeasuresActivity,
        _ => spec.MeasuresLeading,
    };

    // Norms, spectrum, lags and gradient are measured with the product.
    private static CellSpec Add(CellSpec spec, string name) => name switch
    {
        Norms => spec with { MeasuresNorms = true },
        Spectrum => spec with { MeasuresNorms = true, MeasuresSpectrum = true },
        Lags => spec with { MeasuresNorms = true, MeasuresLags = true },
        Gradient => spec with { MeasuresNorms = true, MeasuresGradient = true },
        Activity => spec with { MeasuresActivity = true },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no statistic"),
    };
}
