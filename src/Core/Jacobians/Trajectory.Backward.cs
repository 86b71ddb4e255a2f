using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>What is read by propagating back from the present step.</summary>
internal sealed partial class Trajectory
{
    /// <summary>Propagates a loss gradient back: g_T is the given vector, g_{t−1} = J_tᵀ g_t.</summary>
    /// <param name="lossGradient">g_T, length N.</param>
    /// <param name="log10Norms">Receives log10 ‖g_{T−k}‖₂ at k − 1; length T, or empty.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public GradientFlow CarryBack(ReadOnlySpan<double> lossGradient, double[]? log10Norms = null, CancellationToken cancellation = default) =>
        CarryBackFrom([Step], lossGradient, [log10Norms ?? []], cancellation)[0];

    /// <summary>Propagates the same loss gradient back from each of several steps, in one pass over the slopes; the results have the same bits as those of <see cref="CarryBack"/>.</summary>
    /// <param name="steps">The steps, ascending, none after the current one.</param>
    /// <param name="lossGradient">The gradient at each of the steps, length N.</param>
    /// <param name="log10Norms">As of <see cref="CarryBack"/>, for each of the steps.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public GradientFlow[] CarryBackFrom(ReadOnlySpan<int> steps, ReadOnlySpan<double> lossGradient, double[][] log10Norms, CancellationToken cancellation = default)
    {
        int n = Network.HiddenSize, started = 0;
        long checkEvery = Math.Max(1, WorkBetweenCancellationChecks / Math.Max(1, (long)n * n * steps.Length)), untilCheck = 0;
        var flows = new GradientBack[steps.Length];
        double[] gradients = new double[steps.Length * n], carried = new double[gradients.Length];
        for (int t = steps[^1]; t > 0; t--, untilCheck--)
        {
            if (untilCheck == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                untilCheck = checkEvery;
            }

            // The gradients are in the order in which they start: that of the last step first.
            for (; started < steps.Length && steps[^(started + 1)] == t; started++)
            {
                lossGradient.CopyTo(gradients.AsSpan(started * n));
                flows[started] = new GradientBack(t, VectorNorm.Of(lossGradient), log10Norms[^(started + 1)]);
            }

            bool areZero = true;
            for (int i = 0; i < started; i++)
            {
                flows[i].Prepare(t, gradients.AsSpan(i * n, n));
                areZero &= flows[i].IsZero;
            }

            if (areZero)
            {
                continue;
            }

            ReadOnlySpan<double> slopes = _past.At(t - 1, out double exponent);
            Network.MultiplyEachTransposed(slopes, gradients, carried, started);
            for (int i = 0; i < started; i++)
            {
                flows[i].Add(t, carried.AsSpan(i * n, n), exponent);
            }

            (gradients, carried) = (carried, gradients);
        }

        var results = new GradientFlow[steps.Length];
        for (int i = 0; i < started; i++)
        {
            results[^(i + 1)] = flows[i].Result();
        }

        return results;
    }

    /// <summary>The norms of ∂x_t/∂x_{t−k}, where t is the current step.</summary>
    /// <param name="lags">k, ascending, from 1 to t.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public ProductNorms[] LagNorms(ReadOnlySpan<int> lags, CancellationToken cancellation = default) =>
        new LagNorms(Network, _past, _commonLogDeterminant).Of(Step, Totals.LogDeterminantSum, lags, cancellation);

    /// <summary>The products of all Jacobians so far, in numbers of unlimited range.</summary>
    public WideProducts Wide(CancellationToken cancellation = default) =>
        new(Network, _drive, _transient, Network.JacobianIsConstant ? _state : _history.Start, Step, cancellation);
}
