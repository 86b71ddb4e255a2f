using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// minimalRNN (Chen, Pennington &amp; Schoenholz 2018, "Dynamical isometry and a mean field theory of RNNs"): z̃ = tanh(drive), u = σ(W h₋ + V z̃ + b), h = u h₋ + (1−u) z̃, so
/// J = [u] + [(h₋−z̃) u(1−u)] W.
/// </summary>
internal sealed class MinimalNetwork : GatedNetwork
{
    private readonly Matrix? _inputWeights;
    private readonly double[] _gateBias;

    /// <param name="weights">W, N × N.</param>
    /// <param name="inputWeights">V, N × N; null for 0.</param>
    /// <param name="gateBias">b, length N.</param>
    public MinimalNetwork(Matrix weights, Matrix? inputWeights, double[] gateBias)
        : base(NetworkKind.Minimal, weights, statesPerUnit: 1) => (_inputWeights, _gateBias) = (inputWeights, gateBias);

    /// <inheritdoc/>
    public override long Bytes => base.Bytes + (sizeof(double) * (_inputWeights?.Values.LongLength ?? 0));

    /// <summary>Not known: the drive reaches h through z̃ = tanh(drive). There are no stacks of minimalRNNs.</summary>
    public override ReadOnlySpan<double> DriveFactor(ReadOnlySpan<double> slopes, int block) => throw new NotSupportedException("a minimalRNN is no layer of a stack");

    /// <inheritdoc/>
    public override IParameters Parameters(int inputs) => new MinimalParameters(this, _inputWeights, inputs);

    /// <summary>z̃ = tanh(drive) and its slope 1 − z̃².</summary>
    public static void Candidate(ReadOnlySpan<double> drive, Span<double> values, Span<double> slopes) => Tanh(drive, values, slopes);

    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int n = Units;
        using PooledSpan memory = new(6 * n);
        Span<double> input = memory.Values[..n], ignored = memory.Values.Slice(n, n), argument = memory.Values.Slice(2 * n, n), gated = memory.Values.Slice(3 * n, n);
        Span<double> gate = memory.Values.Slice(4 * n, n), gateSlope = memory.Values[(5 * n)..];
        Candidate(drive, input, ignored);
        Arguments(state, _gateBias, argument);
        if (_inputWeights is not null)
        {
            MatrixVector.Multiply(_inputWeights.Values, input, gated);
            TensorPrimitives.Add(argument, gated, argument);
        }

        Sigmoid(argument, gate, gateSlope);
        for (int k = 0; k < n; k++)
        {
            double open = OneMinus(gate[k], gateSlope[k]);
            slopes[k] = (state[k] - input[k]) * gateSlope[k];
            slopes[n + k] = gate[k];
            state[k] = (gate[k] * state[k]) + (open * input[k]);
        }

        WriteGates(slopes, argument, [], []);
        return new Slopes(0, 0, 0, 0);
    }
}
