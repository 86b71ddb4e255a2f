namespace RnnSweep.Core.Experiments;

/// <summary>What became of the gradient over the sequence, by log10 of the spectral norm of P_T against the threshold.</summary>
public enum Outcome
{
    /// <summary>The norm is not known.</summary>
    Missing,

    /// <summary>Below −threshold.</summary>
    Vanishing,

    /// <summary>Between the two.</summary>
    Stable,

    /// <summary>Above threshold.</summary>
    Exploding,
}
