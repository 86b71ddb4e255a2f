using RnnSweep.Core.Jacobians;

namespace RnnSweep.Core.Experiments;

/// <summary>A reading whose loss gradient has not been propagated back yet, because one pass does that for all sequence lengths.</summary>
/// <param name="Reading">The other numbers.</param>
/// <param name="Spec">The cell.</param>
/// <param name="Steps">Its sequence length.</param>
/// <param name="LagNorms">The norms at the lags; empty where they are not measured.</param>
internal sealed record OpenReading(Reading Reading, CellSpec Spec, int Steps, ProductNorms[] LagNorms)
{
    private static readonly double s_log10Of2 = Math.Log10(2);

    /// <summary>Whether nothing is to be added.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Whether the reading has the numbers of the loss gradient, so that only its norms over the lags are to be added.</summary>
    public bool HasGradient { get; init; }

    /// <summary>The reading with the numbers of the loss gradient.</summary>
    /// <param name="gradient">The gradient at the start.</param>
    /// <param name="log10Norms">log10 of its norm after k steps at k − 1; empty where lags are not measured.</param>
    public OpenReading With(GradientFlow gradient, double[] log10Norms)
    {
        if (HasGradient)
        {
            return this with { Reading = Spec.MeasuresLags ? WithLags(Reading, log10Norms) : Reading, IsComplete = true };
        }

        bool isZero = Reading.Status == ReplicateStatus.Ok && gradient.ZeroStep is not null;
        Reading reading = Reading with
        {
            Log10GradientNorm = gradient.Log10Norm,
            Omega = gradient.Omega,
            Status = isZero ? ReplicateStatus.ZeroGradient : Reading.Status,
            StatusStep = isZero ? gradient.ZeroStep : Reading.StatusStep,
        };
        return this with { Reading = Spec.MeasuresLags ? WithLags(reading, log10Norms) : reading, IsComplete = true };
    }

    private Reading WithLags(Reading reading, double[] log10Norms)
    {
        return reading with
        {
            VanishingLag = FirstLag(norm => norm < -Spec.Threshold),
            ExplodingLag = FirstLag(norm => norm > Spec.Threshold),
            HalvingLag = FirstLag(norm => norm < -s_log10Of2),
            Lags = new LagsResult
            {
                Log10SpectralNorms = new([.. LagNorms.Select(norm => norm.Log10Spectral)]),
                Log10FrobeniusNorms = new([.. LagNorms.Select(norm => norm.Log10Frobenius)]),
            },
        };

        int? FirstLag(Predicate<double> passes) => Array.FindIndex(log10Norms, passes) is >= 0 and var index ? index + 1 : null;
    }
}
