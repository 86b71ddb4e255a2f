namespace RnnSweep.Core.Experiments;

/// <summary>
/// How much the state at step T depends on that k steps before, ∂x_T/∂x_{T−k} = J_T ⋯ J_{T−k+1}, over the lags k of <see cref="LagGrid"/>
/// (the temporal components of Pascanu, Mikolov &amp; Bengio 2013), and when the loss gradient passes the threshold on its way back.
/// </summary>
public sealed record LagsResult
{
    /// <summary>log10 of the spectral norm at each lag.</summary>
    public Numbers Log10SpectralNorms { get; init; }

    /// <summary>log10 of the Frobenius norm at each lag.</summary>
    public Numbers Log10FrobeniusNorms { get; init; }

    /// <summary>The first k ≤ T with log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ below −threshold; null where there is none.</summary>
    public int? VanishingLag { get; init; }

    /// <summary>The first k ≤ T with log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ above threshold; null where there is none.</summary>
    public int? ExplodingLag { get; init; }
}
