using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// A network whose recurrent weights are drawn afresh at each step, in either form of its state: J_t = W_t diag(φ'(x_{t−1})) or diag(φ'(a_t)) W_t with
/// W_t = ρ W₀_t. A product of independent matrices, of which Newman (1986) knows the exponents for gaussian weights and a linear activation.
/// </summary>
/// <remarks>
/// W₀ of the k-th step, from 0 at the start of the transient, is the k-th matrix of the stream that a tied network draws its only one from, so it can be
/// drawn again at any time: going back needs no memory. The state is the number of steps so far, then x. The slopes are the number of the step, from 1,
/// then φ'.
/// </remarks>
internal sealed class UntiedNetwork : INetwork
{
    private readonly WeightDistribution _distribution;
    private readonly ulong _seed;
    private readonly int _replicate, _exponent;
    private readonly double _mantissa;
    private readonly bool _slopesComeFirst;
    private readonly Activation _activation;

    // The latest weights, which a step's state, product and determinant use in turn. Replaced as a whole, so threads may share the network.
    private volatile Drawn? _latest;

    /// <param name="distribution">What each W₀ is drawn from.</param>
    /// <param name="size">N.</param>
    /// <param name="gain">ρ.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="state">Which vector is the state.</param>
    /// <param name="activation">φ.</param>
    public UntiedNetwork(WeightDistribution distribution, int size, double gain, ulong seed, int replicate, StateForm state, Activation activation)
    {
        (_distribution, HiddenSize, _seed, _replicate, _activation) = (distribution, size, seed, replicate, activation);
        _slopesComeFirst = state == StateForm.PreActivation;

        // The power of two of ρ is one of the slopes', so that products with the weights stay in the range of a double for any ρ.
        _exponent = gain == 0 ? 0 : Math.ILogB(gain);
        _mantissa = Math.ScaleB(gain, -_exponent);
        Jacobian = new UntiedJacobian(this, isTransposed: false);
    }

    /// <inheritdoc/>
    public int HiddenSize { get; }

    /// <inheritdoc/>
    public int StateLength => HiddenSize + 1;

    /// <inheritdoc/>
    public int SlopeLength => HiddenSize + 1;

    /// <summary>False even for a linear network.</summary>
    public bool JacobianIsConstant => false;

    /// <inheritdoc/>
    public BlockJacobian Jacobian { get; }

    /// <inheritdoc/>
    public long Bytes => sizeof(double) * (long)HiddenSize * HiddenSize;

    /// <inheritdoc/>
    public bool SlopesCanBeZero => _activation.Kinks.Count > 0;

    /// <inheritdoc/>
    public bool HasSlopes => true;

    /// <summary>Whether a product of drawn weights and slopes is 0 only where it is exactly 0; heavy-tailed weights may lie too far apart.</summary>
    public bool ZerosAreExact => _distribution.Ensemble != WeightEnsemble.Levy;

    /// <summary>φ' of a step.</summary>
    public static ReadOnlySpan<double> SlopesOf(ReadOnlySpan<double> slopes) => slopes[1..];

    /// <summary>NaN: there is no norm that all weights share.</summary>
    public double NormBound(double weightsNorm) => double.NaN;

    /// <summary>NaN: there is no norm that all weights share.</summary>
    public double LogNormBound(double logMaximumSlope) => double.NaN;

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => new UntiedJacobian(this, isTransposed: true);

    /// <summary>The state before the first step.</summary>
    public static double[] Start(double[] state) => [0, .. state];

    /// <inheritdoc/>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        double step = state[0];
        ReadOnlySpan<double> weights = Weights((long)step);
        Span<double> x = state[1..];
        Slopes result;
        if (_slopesComeFirst)
        {
            result = _activation.Evaluate(x, scratch, slopes[1..]);
            MultiplyWeights(weights, scratch, x);
            TensorPrimitives.Add(x, drive, x);
        }
        else
        {
            MultiplyWeights(weights, x, scratch);
            TensorPrimitives.Add(scratch, drive, scratch);
            result = _activation.Evaluate(scratch, x, slopes[1..]);
        }

        state[0] = slopes[0] = step + 1;
        return result with { Exponent = result.Exponent + _exponent };
    }

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        using PooledSpan jacobian = new(HiddenSize * HiddenSize);
        FormJacobian(slopes, isTransposed: false, jacobian.Values);
        MatrixProduct.Multiply(jacobian.Values, block, result, HiddenSize, HiddenSize, columns);
    }

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        if (!_slopesComeFirst)
        {
            TensorPrimitives.Multiply(vector, SlopesOf(slopes), vector);
        }

        MatrixVector.MultiplyTransposed(Weights(slopes), vector, result);
        if (_slopesComeFirst)
        {
            TensorPrimitives.Multiply(result, SlopesOf(slopes), result);
        }
    }

    /// <summary>ln |det J_t| by factoring W_t: (2/3) N³ operations. NaN where the logarithm of a slope is beyond the range of a double.</summary>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        if (double.IsNegativeInfinity(step.LogSum) && !SlopesCanBeZero)
        {
            return double.NaN;
        }

        var weights = new Matrix(HiddenSize, HiddenSize, Weights(slopes).ToArray());
        return step.LogSum + LinearAlgebra.LogDeterminant.Of(weights) + (HiddenSize * _exponent * Math.Log(2));
    }

    /// <summary>2^−e J_t or its transpose, e the slopes' exponent, N × N, row by row.</summary>
    public void FormJacobian(ReadOnlySpan<double> slopes, bool isTransposed, Span<double> jacobian)
    {
        int n = HiddenSize;
        ReadOnlySpan<double> weights = Weights(slopes), factors = SlopesOf(slopes);
        if (isTransposed)
        {
            Transposition.Copy(weights, n, jacobian, n, n, n);
        }
        else
        {
            weights.CopyTo(jacobian);
        }

        for (int i = 0; i < n; i++)
        {
            Span<double> row = jacobian.Slice(i * n, n);
            if (_slopesComeFirst == isTransposed)
            {
                TensorPrimitives.Multiply(row, factors[i], row);
            }
            else
            {
                TensorPrimitives.Multiply(row, factors, row);
            }
        }
    }

    // W_t without the power of two of ρ.
    private ReadOnlySpan<double> Weights(ReadOnlySpan<double> slopes) => Weights((long)slopes[0] - 1);

    private ReadOnlySpan<double> Weights(long step)
    {
        if (_latest is not { } drawn || drawn.Step != step)
        {
            double[] values = WeightDraw.Draw(_distribution, HiddenSize, _seed, _replicate, step).Values;
            TensorPrimitives.Multiply(values, _mantissa, values);
            _latest = drawn = new Drawn(step, values);
        }

        return drawn.Weights;
    }

    private void MultiplyWeights(ReadOnlySpan<double> weights, ReadOnlySpan<double> vector, Span<double> result)
    {
        MatrixVector.Multiply(weights, vector, result);
        TensorPrimitives.Multiply(result, Math.ScaleB(1, _exponent), result);
    }

    private sealed record Drawn(long Step, double[] Weights);
}
