using System.Collections.Immutable;
using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>
/// The external drive of the state, W_in u_t + b, for any step. u_t comes from a random stream with random access or from the rows of a matrix, so
/// past inputs need not be stored.
/// </summary>
public sealed class Drive
{
    private readonly double[] _bias;
    private readonly Matrix? _transposedInputWeights;
    private readonly InputRows? _inputRows;
    private readonly Philox _inputStream;
    private readonly double[] _input;
    private readonly double _factor;

    private Drive(double[] bias, Matrix? transposedInputWeights, InputRows? inputRows, Philox inputStream, double factor = 1)
    {
        (_bias, _transposedInputWeights, _inputRows, _inputStream, _factor) = (bias, transposedInputWeights, inputRows, inputStream, factor);
        _input = new double[transposedInputWeights?.Rows ?? 0];
    }

    /// <summary>Creates the drive of a replicate.</summary>
    /// <param name="hiddenSize">N.</param>
    /// <param name="inputSize">Length of u_t.</param>
    /// <param name="inputScale">W_in = z · inputScale / √inputSize; 0 for no input.</param>
    /// <param name="bias">Constant part of b.</param>
    /// <param name="biasScale">b = bias + z · biasScale.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="inputRows">The input of every step; null draws standard normals.</param>
    public static Drive Of(
        int hiddenSize, int inputSize, double inputScale, double bias, double biasScale, ulong seed, int replicate, InputRows? inputRows) =>
        Of(hiddenSize, [0], [bias], inputSize, inputScale, biasScale, seed, replicate, inputRows);

    /// <summary>The drive of a replicate whose input weights are blocks of N rows, one below the other.</summary>
    /// <param name="units">N.</param>
    /// <param name="drawOrder">The blocks in the order in which they are drawn from one stream.</param>
    /// <param name="biases">The constant part of b of each block.</param>
    /// <param name="inputSize">Length of u_t.</param>
    /// <param name="inputScale">W_in = z · inputScale / √inputSize; 0 for none.</param>
    /// <param name="biasScale">b = constant + z · biasScale.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="inputRows">As in the other overload.</param>
    internal static Drive Of(
        int units, ImmutableArray<int> drawOrder, ReadOnlySpan<double> biases, int inputSize, double inputScale, double biasScale, ulong seed, int replicate, InputRows? inputRows)
    {
        var b = new double[drawOrder.Length * units];
        Philox biasStream = Philox.For(seed, replicate, StreamRole.Bias), weightStream = Philox.For(seed, replicate, StreamRole.InputWeights);
        Matrix? weights = inputScale == 0 ? null : new Matrix(b.Length, inputSize);
        foreach (int block in drawOrder)
        {
            Span<double> values = b.AsSpan(block * units, units);
            if (biasScale != 0)
            {
                biasStream.FillNormal(values);
            }

            for (int i = 0; i < units; i++)
            {
                values[i] = biases[block] + (values[i] * biasScale);
            }

            weightStream.FillNormal(weights is null ? [] : weights.Values.AsSpan(block * units * inputSize, units * inputSize));
        }

        if (weights is not null)
        {
            TensorPrimitives.Multiply(weights.Values, inputScale / Math.Sqrt(inputSize), weights.Values);
        }

        return new Drive(b, weights?.Transpose(), inputRows, Philox.For(seed, replicate, StreamRole.Input));
    }

    /// <summary>The drive of a replicate of a network with given input weights.</summary>
    /// <param name="weights">W_in of all blocks, one below the other.</param>
    /// <param name="bias">b of all blocks.</param>
    /// <param name="inputScale">Factor on u_t; 0 for no input.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="inputRows">As in the other overloads.</param>
    internal static Drive Of(Matrix weights, double[] bias, double inputScale, ulong seed, int replicate, InputRows? inputRows)
    {
        Matrix? scaled = null;
        if (inputScale != 0)
        {
            scaled = weights.Transpose();
            TensorPrimitives.Multiply(scaled.Values, inputScale, scaled.Values);
        }

        return new Drive(bias, scaled, inputRows, Philox.For(seed, replicate, StreamRole.Input), inputScale);
    }

    /// <summary>W_in u + b for the step with an index from 0, counted from the start of the transient; length N, overwritten.</summary>
    public void Fill(long index, Span<double> drive)
    {
        if (_transposedInputWeights is null)
        {
            _bias.CopyTo(drive);
            return;
        }

        Read(index, _input);
        MatrixVector.MultiplyTransposed(_transposedInputWeights.Values, _input, drive);
        TensorPrimitives.Add(drive, _bias, drive);
    }

    /// <summary>The vector that W_in multiplies in the step with an index: u, of given weights with the scale of the input.</summary>
    /// <param name="index">As of <see cref="Fill"/>.</param>
    /// <param name="input">Length <see cref="InputSize"/>, overwritten.</param>
    public void FillInput(long index, Span<double> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        Read(index, input);
        TensorPrimitives.Multiply(input, _factor, input);
    }

    private void Read(long index, Span<double> input)
    {
        if (_inputRows is not null)
        {
            _inputRows[(int)index].CopyTo(input);
            return;
        }

        Philox stream = _inputStream;
        stream.Seek((ulong)index * (ulong)input.Length);
        stream.FillNormal(input);
    }

    /// <summary>Length of the input; 0 without one.</summary>
    public int InputSize => _input.Length;

    /// <summary>Whether it is the same at every step.</summary>
    public bool IsConstant => _transposedInputWeights is null;

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * (_bias.LongLength + _input.LongLength + (_transposedInputWeights?.Values.LongLength ?? 0));
}
