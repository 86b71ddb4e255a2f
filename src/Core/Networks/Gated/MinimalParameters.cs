using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// The parameters of a minimalRNN: W, V and the bias of the update gate u = σ(W h₋ + V z̃ + b), and W_in and the bias of the candidate z̃ = tanh(W_in u_t + b). δ reaches the gate's argument
/// as d = (h₋ − z̃) u (1−u) δ, and the candidate's as (1 − z̃²) ((1−u) δ + Vᵀ d).
/// </summary>
internal sealed class MinimalParameters : IParameters
{
    private readonly MinimalNetwork _network;
    private readonly Matrix? _gateInputWeights;

    /// <param name="network">The network.</param>
    /// <param name="gateInputWeights">V; null for 0.</param>
    /// <param name="inputs">Length of the input; 0 for none.</param>
    public MinimalParameters(MinimalNetwork network, Matrix? gateInputWeights, int inputs)
    {
        (_network, _gateInputWeights) = (network, gateInputWeights);
        int n = network.Units;
        Place gate = new(0, n), candidate = new(n, n), one = new((2 * n) + inputs, 1);
        Blocks =
        [
            new ParameterBlock(ParameterKind.RecurrentWeights, GateKind.Update, gate, new(0, n)),
            .. gateInputWeights is null ? [] : new[] { new ParameterBlock(ParameterKind.InputWeights, GateKind.Update, gate, new(n, n)) },
            .. inputs == 0 ? [] : new[] { new ParameterBlock(ParameterKind.InputWeights, null, candidate, new(2 * n, inputs)) },
            new ParameterBlock(ParameterKind.Bias, GateKind.Update, gate, one),
            new ParameterBlock(ParameterKind.Bias, null, candidate, one),
        ];
    }

    /// <inheritdoc/>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    /// <inheritdoc/>
    public bool NeedsDrive => true;

    /// <inheritdoc/>
    public double Write(RecordedStep step, ReadOnlySpan<double> gradient, Span<double> deltas, Span<double> factors)
    {
        int n = _network.Units;
        Span<double> gate = deltas[..n], candidate = deltas[n..], values = factors.Slice(n, n);
        using PooledSpan memory = new(n);
        step.Before.CopyTo(factors);
        step.Input.CopyTo(factors[(2 * n)..]);
        factors[^1] = 1;
        _network.MultiplyArgumentJacobianTransposed(step.Slopes, gradient, gate);
        candidate.Clear();
        if (_gateInputWeights is not null)
        {
            MatrixVector.MultiplyTransposed(_gateInputWeights.Values, gate, candidate);
        }

        MinimalNetwork.Candidate(step.Drive, values, memory.Values);
        ReadOnlySpan<double> logKeep = _network.LogKeep(step.Slopes);
        for (int k = 0; k < n; k++)
        {
            candidate[k] = memory.Values[k] * (candidate[k] + (gradient[k] * -MathNet.Numerics.SpecialFunctions.Expm1(logKeep[k]))); // 1 − u = −(e^{ln u} − 1) keeps its digits
        }

        return 0;
    }
}
