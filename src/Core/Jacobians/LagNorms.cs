using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The norms of ∂x_T/∂x_{T−k} = J_T ⋯ J_{T−k+1} over the lag k. This product grows at its right end, so its transpose is propagated: each lag
/// multiplies it by J_{T−k+1}ᵀ from the left. It is a <see cref="JacobianProduct"/> of the transposed Jacobians in reverse order.
/// </summary>
/// <param name="network">The network whose Jacobians are multiplied.</param>
/// <param name="history">Their slopes.</param>
/// <param name="commonLogDeterminant">The part of ln |det J_t| that is the same at all steps; −∞ where it is not known.</param>
internal sealed class LagNorms(INetwork network, ISlopeHistory history, double commonLogDeterminant)
{
    /// <summary>The norms at some lags.</summary>
    /// <param name="steps">T.</param>
    /// <param name="logDeterminants">Σ ln |det J_t| without the common part, which predicts roughly when the rank falls.</param>
    /// <param name="lags">k, ascending, from 1 to T.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public ProductNorms[] Of(int steps, double logDeterminants, ReadOnlySpan<int> lags, CancellationToken cancellation = default)
    {
        long n = network.HiddenSize, checkEvery = Math.Max(1, Trajectory.WorkBetweenCancellationChecks / (n * n * n));
        var backwards = new Reversed(history, steps);
        var product = new JacobianProduct(network.TransposedJacobian(), backwards, commonLogDeterminant);
        var norms = new ProductNorms[lags.Length];
        int next = 0;
        for (int lag = 1; next < lags.Length; lag++)
        {
            if (lag % checkEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            product.Prepare(cancellation);
            ReadOnlySpan<double> slopes = backwards.At(lag - 1, out double exponent);
            product.Advance(slopes, exponent, logDeterminants / steps);
            if (lag == lags[next])
            {
                norms[next++] = product.Norms(cancellation);
            }
        }

        return norms;
    }

    private sealed class Reversed(ISlopeHistory history, int steps) : ISlopeHistory
    {
        public ReadOnlySpan<double> At(int index, out double exponent) => history.At(steps - 1 - index, out exponent);
    }
}
