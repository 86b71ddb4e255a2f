using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The numbers of a replicate by column name.</summary>
internal static class Columns
{
    public static (string Name, double Value)[] Of(Reading r) =>
    [
        ("log10_spectral_norm", r.Log10SpectralNorm), ("log10_frobenius_norm", r.Log10FrobeniusNorm),
        ("log10_gradient_norm", r.Log10GradientNorm), ("log10_abs_determinant", r.Log10AbsDeterminant),
        ("lyapunov_max", r.LyapunovMax), ("lyapunov_mean", r.LyapunovMean),
        ("lyapunov_max_slope", r.LyapunovMaxSlope), ("lyapunov_max_within_sem", r.LyapunovMaxWithinSem),
        ("log10_pascanu_bound", r.Log10PascanuBound), ("log10_path_bound", r.Log10PathBound),
        ("mean_slope", r.MeanSlope), ("mean_log_slope", r.MeanLogSlope),
        ("omega", r.Omega), ("weights_spectral_norm", r.WeightsSpectralNorm),
    ];

    /// <summary>Asserts a relative error, or an absolute error if the number is below 1.</summary>
    public static void AssertClose(Reading expected, Reading actual, double tolerance)
    {
        foreach (((string name, double e), (_, double a)) in Of(expected).Zip(Of(actual)))
        {
            Assert.True(e.Equals(a) || Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e)), $"{name}: expected {e:R}, but was {a:R}");
        }

        Assert.Equal(
            (expected.Converged, expected.Outcome, expected.Status, expected.StatusStep),
            (actual.Converged, actual.Outcome, actual.Status, actual.StatusStep));
    }
}
