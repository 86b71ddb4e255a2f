namespace RnnSweep.Core.Experiments;

/// <summary>Whether the gradient vanishes or explodes over the sequence, by log10 of the spectral norm of P_T against the threshold.</summary>
public enum Outcome
{
    /// <summary>The norm is not known.</summary>
    Missing,

    /// <summary>Below −threshold.</summary>
    Vanishing,

    /// <summary>From −threshold to threshold.</summary>
    Stable,

    /// <summary>Above threshold.</summary>
    Exploding,
}

/// <summary>Determines outcomes.</summary>
public static class Outcomes
{
    /// <summary>The outcome of a reading.</summary>
    /// <param name="log10SpectralNorm">log10 σ_max(P_T); NaN where it is not known.</param>
    /// <param name="threshold">The cell's threshold, ≥ 0.</param>
    public static Outcome Of(double log10SpectralNorm, double threshold) =>
        double.IsNaN(log10SpectralNorm) ? Outcome.Missing
        : log10SpectralNorm < -threshold ? Outcome.Vanishing
        : log10SpectralNorm > threshold ? Outcome.Exploding
        : Outcome.Stable;
}
