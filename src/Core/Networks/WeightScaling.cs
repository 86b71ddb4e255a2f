namespace RnnSweep.Core.Networks;

/// <summary>How the unscaled recurrent weights W₀ become W.</summary>
public enum WeightScaling
{
    /// <summary>W = W₀ · ρ / ρ(W₀): the spectral radius is ρ.</summary>
    Exact,

    /// <summary>W = ρ · W₀: ρ is the gain g of the literature; a gaussian W has spectral radius ρ only as N → ∞.</summary>
    Expected,
}
