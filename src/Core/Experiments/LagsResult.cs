namespace RnnSweep.Core.Experiments;

/// <summary>
/// How strongly the state at step T depends on the state k steps before: ∂x_T/∂x_{T−k} = J_T ⋯ J_{T−k+1} over the lags k of <see cref="LagGrid"/>
/// (the temporal components of Pascanu, Mikolov &amp; Bengio 2013).
/// </summary>
public sealed record LagsResult
{
    /// <summary>log10 of the spectral norm at each lag.</summary>
    public Numbers Log10SpectralNorms { get; init; }

    /// <summary>log10 of the Frobenius norm at each lag.</summary>
    public Numbers Log10FrobeniusNorms { get; init; }
}
