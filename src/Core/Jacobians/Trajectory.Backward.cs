using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>What is read by propagating back from the present step.</summary>
internal sealed partial class Trajectory
{
    // A gradient whose norm is between these is not rescaled: after another Jacobian it is still far within the range of a double.
    private const double LowerNorm = 1.0 / (1L << 32), UpperNorm = 1L << 32;

    /// <summary>Propagates a loss gradient back: g_T is the given vector, g_{t−1} = J_tᵀ g_t.</summary>
    /// <param name="lossGradient">g_T, length N.</param>
    /// <param name="log10Norms">Receives log10 ‖g_{T−k}‖₂ at k − 1; length T, or empty.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public GradientFlow CarryBack(ReadOnlySpan<double> lossGradient, Span<double> log10Norms = default, CancellationToken cancellation = default)
    {
        long n = Network.HiddenSize, checkEvery = Math.Max(1, WorkBetweenCancellationChecks / Math.Max(1, n * n));
        double[] gradient = lossGradient.ToArray();
        var carried = new double[gradient.Length];
        double sum = 0, norm = VectorNorm.Of(gradient), normExponent = 0;
        long untilCheck = 0;
        for (int t = Step; t > 0; t--, untilCheck--)
        {
            if (untilCheck == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                untilCheck = checkEvery;
            }

            if (norm == 0)
            {
                if (!log10Norms.IsEmpty)
                {
                    log10Norms[(Step - t)..].Fill(double.NegativeInfinity);
                }

                return new GradientFlow(double.NaN, double.NegativeInfinity, t);
            }

            // Rescales only where the norm has left the band, by a power of two, which is exact.
            if (norm is < LowerNorm or > UpperNorm)
            {
                int power = PowerOfTwo.Extract(gradient);
                norm = Math.ScaleB(norm, -power);
                normExponent += power;
            }

            ReadOnlySpan<double> slopes = _past.At(t - 1, out double exponent);
            Network.MultiplyJacobianTransposed(slopes, gradient, carried);
            double next = VectorNorm.Of(carried), ratio = next / norm;
            if (exponent != 0)
            {
                ratio *= double.Exp2(exponent);
                normExponent += exponent;
            }

            if (!log10Norms.IsEmpty)
            {
                log10Norms[Step - t] = Math.Log10(next) + (normExponent * PowerOfTwo.Log10);
            }

            sum += (ratio - 1) * (ratio - 1);
            norm = next;
            (gradient, carried) = (carried, gradient);
        }

        return new GradientFlow(sum / Step, Math.Log10(norm) + (normExponent * PowerOfTwo.Log10), null);
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
