using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// Leaky integration of a network's step (Jaeger, Lukoševičius, Popovici &amp; Siewert 2007): x_t = (1 − a) x_{t−1} + a f(x_{t−1}), so
/// J_t = (1 − a) I + a ∂f/∂x, in either form of the state.
/// </summary>
internal sealed class LeakyNetwork : INetwork
{
    // Weights far beyond the range of products are scaled by at most this power of two, so that 1 − a, which has the same scale, keeps its digits.
    private const int LargestExponent = 900;

    // Adding an entry this many times larger than 1 − a makes it lose digits.
    private const double LargestRatio = 1L << 40;

    private readonly double _leak;
    private readonly double _weightsNorm;
    private readonly double _exponent;
    private readonly double _keep;

    /// <param name="inner">The network without leak.</param>
    /// <param name="leak">a, in (0, 1).</param>
    /// <param name="weightsNorm">‖W‖₂, for bounds.</param>
    public LeakyNetwork(RecurrentNetwork inner, double leak, double weightsNorm)
    {
        (Inner, _leak, _weightsNorm) = (inner, leak, weightsNorm);
        _exponent = Math.Clamp(inner.WeightsExponent, 0, LargestExponent);
        _keep = (1 - leak) * double.Exp2(-_exponent);
        Jacobian = new LeakyJacobian(inner.RecurrentJacobian, _keep);
    }

    /// <summary>The network without leak.</summary>
    public RecurrentNetwork Inner { get; }

    /// <inheritdoc/>
    public int HiddenSize => Inner.HiddenSize;

    /// <inheritdoc/>
    public bool JacobianIsConstant => Inner.JacobianIsConstant;

    /// <inheritdoc/>
    public BlockJacobian Jacobian { get; }

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => new LeakyJacobian(Inner.TransposedRecurrentJacobian(), _keep);

    /// <inheritdoc/>
    public bool SlopesCanBeZero => Inner.SlopesCanBeZero;

    /// <inheritdoc/>
    public JacobianParts Parts => Inner.Parts with { Leak = _leak };

    /// <inheritdoc/>
    public IParameters Parameters(int inputs) => new PlainParameters(Inner, _leak, inputs);

    /// <inheritdoc/>
    public long Bytes => Inner.Bytes;

    /// <inheritdoc/>
    public double NormBound(double weightsNorm) => (1 - _leak) + (_leak * Inner.NormBound(weightsNorm));

    /// <inheritdoc/>
    public double LogNormBound(double logMaximumSlope) => Math.Log((1 - _leak) + (_leak * _weightsNorm * Math.Exp(logMaximumSlope)));

    /// <inheritdoc/>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        using PooledSpan before = new(state.Length);
        TensorPrimitives.Multiply(state, 1 - _leak, before.Values);
        Slopes result = Inner.Advance(state, drive, slopes, scratch);
        TensorPrimitives.MultiplyAdd(state, _leak, before.Values, state);

        // The slopes include a and every power of two except the constant one. What underflows is negligible beside 1 − a.
        TensorPrimitives.Multiply(slopes, _leak * double.Exp2(result.Exponent - _exponent), slopes);
        return result with { Exponent = _exponent };
    }

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        using PooledSpan before = new(block.Length);
        block.CopyTo(before.Values);
        Inner.MultiplyJacobian(slopes, block, result, columns);
        TensorPrimitives.MultiplyAdd(before.Values, _keep, result, result);
    }

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        using PooledSpan before = new(vector.Length);
        vector.CopyTo(before.Values);
        Inner.MultiplyJacobianTransposed(slopes, vector, result);
        TensorPrimitives.MultiplyAdd(before.Values, _keep, result, result);
    }

    /// <summary>
    /// ln |det J_t|, without a common part, by forming the Jacobian and its LU factorisation: (2/3) N³ operations per step, a third of a product of
    /// full width. NaN where a zero of the factorisation is not exact.
    /// </summary>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        int n = HiddenSize;
        using PooledSpan memory = new(n * n);
        Span<double> jacobian = memory.Values;
        Inner.FormJacobian(slopes, jacobian);
        for (int i = 0; i < n; i++)
        {
            jacobian[i * (n + 1)] += _keep;
        }

        // A pivot of 0 is exact where 1 − a keeps its digits beside the other entries. Where it lost them or underflows, the pivot is rounding.
        bool isExact = Math.Abs(TensorPrimitives.MaxMagnitude<double>(jacobian)) < LargestRatio * _keep;
        double log = LinearAlgebra.LogDeterminant.OfOverwritten(jacobian, n) + (n * step.Exponent * Math.Log(2));
        return double.IsNegativeInfinity(log) && !isExact ? double.NaN : log;
    }

    /// <summary>The same network with the Jacobian printed in 2013 for a step without leak: (1 − a) I + a Wᵀ diag(φ').</summary>
    internal LeakyNetwork AsPrinted() => new(Inner.AsPrinted(), _leak, _weightsNorm);
}
