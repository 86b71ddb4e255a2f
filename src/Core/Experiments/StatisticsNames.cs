namespace RnnSweep.Core.Experiments;

/// <summary>What can be measured of a replicate, by the names of the sweep file.</summary>
public static class StatisticsNames
{
    /// <summary>What is always measured.</summary>
    public const string Norms = "norms";

    /// <summary>All singular values of P_T.</summary>
    public const string Spectrum = "spectrum";

    /// <summary>The dependence over lags.</summary>
    public const string Lags = "lags";

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<string> All { get; } = [Norms, Spectrum, Lags];

    /// <summary>The names of what a cell measures, in their order, with commas between.</summary>
    public static string Of(CellSpec spec) => (spec.MeasuresSpectrum, spec.MeasuresLags) switch
    {
        (false, false) => Norms,
        (true, false) => $"{Norms}, {Spectrum}",
        (false, true) => $"{Norms}, {Lags}",
        (true, true) => $"{Norms}, {Spectrum}, {Lags}",
    };

    /// <summary>The cell that measures what a name stands for, too.</summary>
    public static CellSpec Add(CellSpec spec, string name) => name switch
    {
        Norms => spec,
        Spectrum => spec with { MeasuresSpectrum = true },
        Lags => spec with { MeasuresLags = true },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no statistic"),
    };
}
