using System.Collections.Immutable;
using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// The parameters of one or several layers of a GRU, an LSTM or nn.RNN. With <c>W_g h₋ + drive_g</c> in the argument of block g, f of W_g is h₋ and f of its input weights is the layer's
/// input: u_t, or the new hidden state of the layer below. b is the bias of the drive, PyTorch's bias_ih.
/// </summary>
internal sealed class GatedParameters : IParameters
{
    private readonly ImmutableArray<MeasuredLayer> _layers;
    private readonly int _size, _units, _first;

    /// <param name="layers">The measured layers, from below.</param>
    /// <param name="first">Index of the first of them among those that run.</param>
    /// <param name="inputs">Length of the input of the whole network; 0 for none.</param>
    public GatedParameters(ImmutableArray<MeasuredLayer> layers, int first, int inputs)
    {
        GatedNetwork network = layers[0].Network;
        (_layers, _first, _size, _units) = (layers, first, network.HiddenSize, network.Units);
        var blocks = ImmutableArray.CreateBuilder<ParameterBlock>();
        int rows = 0, columns = 1; // the factor of the biases is the first
        GateKind?[] gates = [.. network.Gates.Select(gate => (GateKind?)gate)];
        gates = [.. gates[..network.CandidateBlock], null, .. gates[network.CandidateBlock..]];
        foreach (MeasuredLayer layer in layers)
        {
            int length = layer.Above is null ? inputs : _units;
            for (int g = 0; g < network.Blocks; g++)
            {
                Place recurrent = new(rows + (g * _units), _units), drive = new(rows + ((network.Blocks + g) * _units), _units);
                blocks.Add(new ParameterBlock(ParameterKind.RecurrentWeights, gates[g], recurrent, new(columns, _units)));
                blocks.Add(new ParameterBlock(ParameterKind.Bias, gates[g], drive, new(0, 1)));
                if (length > 0)
                {
                    blocks.Add(new ParameterBlock(ParameterKind.InputWeights, gates[g], drive, new(columns + _units, length)));
                }
            }

            rows += 2 * network.Blocks * _units;
            columns += _units + length;
        }

        Blocks = blocks.DrainToImmutable();
    }

    /// <inheritdoc/>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    /// <inheritdoc/>
    public double Write(RecordedStep step, ReadOnlySpan<double> gradient, Span<double> deltas, Span<double> factors)
    {
        factors[0] = 1;
        int column = 1, width = _layers[0].Network.SlopeLength;
        for (int i = 0; i < _layers.Length; i++)
        {
            int start = (_first + i) * _size;
            step.Before.Slice(start, _units).CopyTo(factors[column..]);
            column += _units;
            ReadOnlySpan<double> input = _layers[i].Above is null ? step.Input : step.After.Slice(start - _size, _units);
            input.CopyTo(factors[column..]);
            column += input.Length;
        }

        using PooledSpan whole = new(gradient.Length), hidden = new(_units);
        gradient.CopyTo(whole.Values);
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            GatedNetwork network = _layers[i].Network;
            int length = network.Blocks * _units;
            ReadOnlySpan<double> own = step.Slopes.Slice(i * width, width);
            Span<double> rows = whole.Values.Slice(i * _size, _size), drive = deltas.Slice(((2 * i) + 1) * length, length);
            network.MultiplyArgumentJacobianTransposed(own, rows, deltas.Slice(2 * i * length, length));
            network.MultiplyDriveJacobianTransposed(own, rows, drive, 1);
            if (i > 0)
            {
                // What reaches the new hidden state of the layer below through this one.
                MatrixVector.MultiplyTransposed(_layers[i].Above!.InputWeights.Values, drive, hidden.Values);
                Span<double> below = whole.Values.Slice((i - 1) * _size, _units);
                TensorPrimitives.Add(below, hidden.Values, below);
            }
        }

        return 0;
    }
}

/// <summary>A layer whose parameters are measured.</summary>
/// <param name="Network">The layer.</param>
/// <param name="Above">Its input weights, where its input is the layer below; null for the first layer.</param>
internal sealed record MeasuredLayer(GatedNetwork Network, LayerAbove? Above);
