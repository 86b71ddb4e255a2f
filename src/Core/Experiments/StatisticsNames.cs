namespace RnnSweep.Core.Experiments;

/// <summary>Names of the statistics in the sweep file.</summary>
public static class StatisticsNames
{
    /// <summary>The norms, which are always measured.</summary>
    public const string Norms = "norms";

    /// <summary>All singular values of P_T.</summary>
    public const string Spectrum = "spectrum";

    /// <summary>The dependence over lags.</summary>
    public const string Lags = "lags";

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Norms, Spectrum, Lags];

    /// <summary>The names of the statistics that a cell measures, in order, separated by commas.</summary>
    public static string Of(CellSpec spec) => (spec.MeasuresSpectrum, spec.MeasuresLags) switch
    {
        (false, false) => Norms,
        (true, false) => $"{Norms}, {Spectrum}",
        (false, true) => $"{Norms}, {Lags}",
        (true, true) => $"{Norms}, {Spectrum}, {Lags}",
    };

    /// <summary>The cell with one more statistic, given by its name.</summary>
    public static CellSpec Add(CellSpec spec, string name) => name switch
    {
        Norms => spec,
        Spectrum => spec with { MeasuresSpectrum = true },
        Lags => spec with { MeasuresLags = true },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no statistic"),
    };
}
