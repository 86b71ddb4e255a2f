namespace RnnSweep.Core.Experiments;

/// <summary>
/// What the steps before T contribute to ∂L/∂W, over the lags k of <see cref="LagGrid"/>: the term of lag k is that of step T − k + 1, the k-th last use of W
/// (<see cref="Jacobians.ParameterGradient"/>).
/// </summary>
public sealed record GradientLagsResult
{
    /// <summary>log10 of the Frobenius norm of the term of each lag.</summary>
    public Numbers Log10Terms { get; init; }

    /// <summary>log10 of the Frobenius norm of the sum of the terms of lags 1 to k, at each lag: what backpropagation truncated after k steps finds.</summary>
    public Numbers Log10PartialSums { get; init; }
}
