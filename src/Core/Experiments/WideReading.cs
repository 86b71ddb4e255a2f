using RnnSweep.Core.Jacobians;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Replaces norms computed in doubles by those of <see cref="WideProducts"/> where the two differ by more than rounding. Where they agree, the
/// numbers keep every bit.
/// </summary>
internal static class WideReading
{
    private const double Tolerance = 1e-9, RelativeTolerance = 1e-12;

    /// <summary>Corrects the norms of P_T and their growth.</summary>
    public static (ProductNorms Norms, GrowthRate Growth) Correct(
        WideProducts wide, ProductNorms norms, GrowthRate growth, CancellationToken cancellation)
    {
        (ProductNorms wideNorms, GrowthRate wideGrowth) = wide.Norms(cancellation);
        return (Correct(wide, norms, wideNorms), Agree(growth.Slope, wideGrowth.Slope) && Agree(growth.WithinSem, wideGrowth.WithinSem) ? growth : wideGrowth);
    }

    /// <summary>Corrects the loss gradient propagated back and its norms at each step.</summary>
    public static GradientFlow Correct(
        WideProducts wide, GradientFlow flow, ReadOnlySpan<double> lossGradient, Span<double> log10Norms, CancellationToken cancellation)
    {
        var wideNorms = new double[log10Norms.Length];
        GradientFlow wideFlow = wide.CarryBack(lossGradient, wideNorms, cancellation);
        bool agree = Agree(flow.Log10Norm, wideFlow.Log10Norm) && Agree(flow.Omega, wideFlow.Omega) && flow.ZeroStep == wideFlow.ZeroStep;
        for (int i = 0; i < wideNorms.Length; i++)
        {
            agree &= Agree(log10Norms[i], wideNorms[i]);
            wideNorms[i] = Known(wide, wideNorms[i]);
        }

        if (agree)
        {
            return flow;
        }

        wideNorms.CopyTo(log10Norms);
        return wideFlow with { Log10Norm = Known(wide, wideFlow.Log10Norm) };
    }

    /// <summary>Corrects the norms over lags in place.</summary>
    public static void Correct(WideProducts wide, Span<ProductNorms> norms, ReadOnlySpan<int> lags, CancellationToken cancellation)
    {
        ProductNorms[] wideNorms = wide.LagNorms(lags, cancellation);
        for (int i = 0; i < lags.Length; i++)
        {
            norms[i] = Correct(wide, norms[i], wideNorms[i]);
        }
    }

    private static ProductNorms Correct(WideProducts wide, ProductNorms norms, ProductNorms wideNorms) =>
        Agree(norms.Log10Spectral, wideNorms.Log10Spectral) && Agree(norms.Log10Frobenius, wideNorms.Log10Frobenius)
            ? norms
            : new ProductNorms(Known(wide, wideNorms.Log10Spectral), Known(wide, wideNorms.Log10Frobenius));

    // Where the logarithm of a slope is beyond the range of a double, a zero may be inexact.
    private static double Known(WideProducts wide, double log) => double.IsNegativeInfinity(log) && wide.HasUnknownSlopes ? double.NaN : log;

    private static bool Agree(double one, double other) =>
        one.Equals(other) || Math.Abs(one - other) <= Tolerance + (RelativeTolerance * Math.Abs(other));
}
