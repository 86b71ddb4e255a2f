using System.Collections.Immutable;
using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>
/// The parameters of a network of one hidden layer without gates. Pre-activation, x_t = (1 − a) x_{t−1} + a (W φ(x_{t−1}) + W_in u_t + b): d = a δ, f = φ(x_{t−1}). Post-activation,
/// h_t = (1 − a) h_{t−1} + a φ(W h_{t−1} + W_in u_t + b): d = a φ'(a_t) δ, f = h_{t−1}.
/// </summary>
internal sealed class PlainParameters : IParameters
{
    private readonly RecurrentNetwork _network;
    private readonly double _leak;

    /// <param name="network">The network without leak.</param>
    /// <param name="leak">a.</param>
    /// <param name="inputs">Length of the input; 0 for none.</param>
    public PlainParameters(RecurrentNetwork network, double leak, int inputs)
    {
        (_network, _leak) = (network, leak);
        int n = network.HiddenSize;
        Place rows = new(0, n);
        Blocks =
        [
            new ParameterBlock(ParameterKind.RecurrentWeights, null, rows, new(0, n)),
            .. inputs == 0 ? [] : new[] { new ParameterBlock(ParameterKind.InputWeights, null, rows, new(n, inputs)) },
            new ParameterBlock(ParameterKind.Bias, null, rows, new(n + inputs, 1)),
        ];
    }

    /// <inheritdoc/>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    /// <inheritdoc/>
    public double Write(RecordedStep step, ReadOnlySpan<double> gradient, Span<double> deltas, Span<double> factors)
    {
        int n = _network.HiddenSize;
        step.Input.CopyTo(factors[n..]);
        factors[^1] = 1;
        if (_network.RecurrentJacobian.SlopesComeFirst)
        {
            using PooledSpan slopes = new(n);
            _network.Activation.Evaluate(step.Before, factors[..n], slopes.Values);
            TensorPrimitives.Multiply(gradient, _leak, deltas);
            return 0;
        }

        // The slopes include the leak. Their exponent includes that of the weights, with which they stand in the Jacobian.
        step.Before.CopyTo(factors);
        TensorPrimitives.Multiply(gradient, step.Slopes, deltas);
        return step.Exponent - _network.WeightsExponent;
    }
}
