using System.Collections.Immutable;
using System.Numerics.Tensors;
using MathNet.Numerics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// A network with gates. With the recurrent weights W_1 … W_G of its blocks, the Jacobian of its step is J_t = Σ_g [d_g] W_g + [k] over the state h, where [v] is
/// the diagonal matrix of v. For an LSTM this is ∂c_t/∂(h, c), with k = f acting on c, and one block, W_o, and a factor S more lead from c_t to h_t. What a
/// step leaves for its Jacobian are the vectors d_1 … d_G, k and, for an LSTM, S, of length N each. After them come ln k, and the gates except for the one that is k.
/// </summary>
internal abstract partial class GatedNetwork : INetwork
{
    // Beyond, products of weights with a product's columns might leave the range of a double.
    private const double LargestWeight = 1e100;

    private static readonly Activation s_sigmoid = Activation.Named(ActivationKind.Sigmoid), s_tanh = Activation.Named(ActivationKind.Tanh);

    private readonly Matrix _transposed;
    private readonly int _keepGate;

    /// <param name="kind">The kind of network, which says what gates there are.</param>
    /// <param name="weights">The blocks of recurrent weights, one below the other: G·N × N.</param>
    /// <param name="statesPerUnit">1, or 2 where the state is (h, c).</param>
    /// <exception cref="OverflowException">A weight exceeds 1e100 in magnitude.</exception>
    protected GatedNetwork(NetworkKind kind, Matrix weights, int statesPerUnit)
    {
        Gates = GateBlocks.Of(kind).Gates;
        CandidateBlock = GateBlocks.Of(kind).DrawOrder[0];
        _keepGate = Math.Max(Gates.IndexOf(GateKind.Forget), Gates.IndexOf(GateKind.Update));
        (Weights, Units, Blocks, HasCell) = (InRange(weights), weights.Columns, weights.Rows / weights.Columns, statesPerUnit == 2);
        _transposed = weights.Transpose();
        Jacobian = new GatedJacobian(this, isTransposed: false);
    }

    /// <summary>The weights themselves, after a check of their magnitudes.</summary>
    /// <exception cref="OverflowException">A weight exceeds 1e100 in magnitude.</exception>
    public static Matrix InRange(Matrix weights) => Math.Abs(TensorPrimitives.MaxMagnitude<double>(weights.Values)) <= LargestWeight
        ? weights
        : throw new OverflowException($"a weight of a gated network or stack of layers exceeds {LargestWeight} in magnitude");

    /// <summary>The blocks of recurrent weights, G·N × N.</summary>
    public Matrix Weights { get; }

    /// <summary>N.</summary>
    public int Units { get; }

    /// <summary>G.</summary>
    public int Blocks { get; }

    /// <summary>Whether the state is (h, c).</summary>
    public bool HasCell { get; }

    /// <summary>The block of the candidate; of a minimalRNN, whose candidate has no recurrent weights, the only block.</summary>
    public int CandidateBlock { get; }

    /// <summary>The block that leads to h_t beside c_t; −1 where there is no c.</summary>
    public int OutputBlock => HasCell ? Blocks - 1 : -1;

    /// <inheritdoc/>
    public int HiddenSize => HasCell ? 2 * Units : Units;

    /// <inheritdoc/>
    public virtual int DriveLength => Blocks * Units;

    /// <inheritdoc/>
    public int SlopeLength => JacobianLength + (Gates.Length * Units);

    /// <summary>Length of the part of the slopes, at their beginning, that the Jacobian and the derivative with respect to the drive are made of.</summary>
    public virtual int JacobianLength => (Blocks + (HasCell ? 2 : 1)) * Units;

    /// <inheritdoc/>
    public ImmutableArray<GateKind> Gates { get; }

    /// <inheritdoc/>
    public int GatedLayers => Gates.IsEmpty ? 0 : 1;

    /// <inheritdoc/>
    public bool JacobianIsConstant => false;

    /// <inheritdoc/>
    public BlockJacobian Jacobian { get; }

    /// <inheritdoc/>
    public virtual long Bytes => 4L * sizeof(double) * Weights.Values.Length;

    /// <summary>NaN: no bound is known.</summary>
    public double NormBound(double weightsNorm) => double.NaN;

    /// <summary>NaN: no bound is known.</summary>
    public double LogNormBound(double logMaximumSlope) => double.NaN;

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => new GatedJacobian(this, isTransposed: true);

    /// <inheritdoc/>
    public abstract Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch);

    /// <summary>Upper bound of the rank of J_t.</summary>
    /// <remarks>For an LSTM J = [[1, S], [0, 1]] · [[d_o W_o, 0], [A, f]], so its rank is at most N and the number of factors d_o other than 0.</remarks>
    public virtual int RankBound(ReadOnlySpan<double> slopes) => HasCell ? HiddenSize - Factor(slopes, OutputBlock).Count(0) : HiddenSize;

    /// <summary>d_g, of a block.</summary>
    public ReadOnlySpan<double> Factor(ReadOnlySpan<double> slopes, int block) => slopes.Slice(block * Units, Units);

    /// <summary>The derivative of the new h (of an LSTM's c, but for its output block) with respect to the drive of a block.</summary>
    public virtual ReadOnlySpan<double> DriveFactor(ReadOnlySpan<double> slopes, int block) => Factor(slopes, block);

    /// <summary>k.</summary>
    public ReadOnlySpan<double> Keep(ReadOnlySpan<double> slopes) => slopes.Slice(Blocks * Units, Units);

    /// <summary>ln k, from the gate's argument: it is finite where k is below the range of a double. Only of networks with gates.</summary>
    public ReadOnlySpan<double> LogKeep(ReadOnlySpan<double> slopes) => slopes.Slice(JacobianLength, Units);

    /// <summary>A gate, by its index in <see cref="Gates"/>.</summary>
    public ReadOnlySpan<double> Gate(ReadOnlySpan<double> slopes, int gate) =>
        gate == _keepGate ? Keep(slopes) : slopes.Slice(JacobianLength + ((gate < _keepGate ? 1 + gate : gate) * Units), Units);

    /// <summary>S, of an LSTM.</summary>
    public ReadOnlySpan<double> CellToHidden(ReadOnlySpan<double> slopes) => slopes.Slice((Blocks + 1) * Units, Units);

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        int size = Units * columns;
        using PooledSpan products = new(Blocks * size);
        MatrixProduct.Multiply(Weights.Values, block[..size], products.Values, Blocks * Units, Units, columns);
        Span<double> sum = result[^size..];
        ReadOnlySpan<double> carried = block[^size..], keep = Keep(slopes);
        for (int i = 0; i < Units; i++)
        {
            Span<double> row = sum.Slice(i * columns, columns);
            TensorPrimitives.Multiply(carried.Slice(i * columns, columns), keep[i], row);
            for (int g = 0; g < Blocks; g++)
            {
                if (g != OutputBlock)
                {
                    TensorPrimitives.MultiplyAdd(products.Values.Slice((g * size) + (i * columns), columns), Factor(slopes, g)[i], row, row);
                }
            }

            if (HasCell)
            {
                Span<double> hidden = result.Slice(i * columns, columns);
                TensorPrimitives.Multiply(products.Values.Slice((OutputBlock * size) + (i * columns), columns), Factor(slopes, OutputBlock)[i], hidden);
                TensorPrimitives.MultiplyAdd(row, CellToHidden(slopes)[i], hidden, hidden);
            }
        }
    }

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        using PooledSpan memory = new((Blocks + 1) * Units);
        Span<double> scaled = memory.Values[..(Blocks * Units)], sum = memory.Values[^Units..];
        vector[^Units..].CopyTo(sum);
        if (HasCell)
        {
            TensorPrimitives.MultiplyAdd(CellToHidden(slopes), vector[..Units], sum, sum);
        }

        for (int g = 0; g < Blocks; g++)
        {
            TensorPrimitives.Multiply(Factor(slopes, g), g == OutputBlock ? vector[..Units] : sum, scaled.Slice(g * Units, Units));
        }

        MatrixVector.MultiplyTransposed(Weights.Values, scaled, result[..Units]);
        if (HasCell)
        {
            TensorPrimitives.Multiply(Keep(slopes), sum, result[Units..]);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(Keep(slopes), sum, result, result);
        }
    }

    /// <summary>Writes ln k from the arguments of k, and the other gates, in their order, to the end of the slopes.</summary>
    protected void WriteGates(Span<double> slopes, ReadOnlySpan<double> keepArguments, ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Span<double> written = slopes[JacobianLength..];
        for (int k = 0; k < Units; k++)
        {
            written[k] = LogSigmoid(keepArguments[k]);
        }

        first.CopyTo(written[Units..]);
        second.CopyTo(written[(Units + first.Length)..]);
    }

    /// <summary>ln σ(a), which is finite where σ(a) is below the range of a double.</summary>
    protected static double LogSigmoid(double a) => Math.Min(a, 0) - SpecialFunctions.Log1p(Math.Exp(-Math.Abs(a)));

    /// <summary>arguments = W h + drive of every block, length G·N.</summary>
    protected void Arguments(ReadOnlySpan<double> hidden, ReadOnlySpan<double> drive, Span<double> arguments)
    {
        Products(hidden, arguments);
        TensorPrimitives.Add(arguments, drive, arguments);
    }

    /// <summary>W h of every block, length G·N.</summary>
    protected void Products(ReadOnlySpan<double> hidden, Span<double> products) => MatrixVector.MultiplyTransposed(_transposed.Values, hidden, products);

    /// <summary>σ and σ' of some arguments.</summary>
    protected static void Sigmoid(ReadOnlySpan<double> arguments, Span<double> values, Span<double> slopes) => Evaluate(s_sigmoid, arguments, values, slopes);

    /// <summary>tanh and its slope of some arguments.</summary>
    protected static void Tanh(ReadOnlySpan<double> arguments, Span<double> values, Span<double> slopes) => Evaluate(s_tanh, arguments, values, slopes);

    /// <summary>1 − σ from σ and its slope σ (1 − σ), which keeps its digits where σ is close to 1.</summary>
    protected static double OneMinus(double gate, double slope) => gate > 0.5 ? slope / gate : 1 - gate;

    /// <summary>Σ ln σ'(a).</summary>
    protected static double LogSlopesOfSigmoid(ReadOnlySpan<double> arguments)
    {
        using PooledSpan logs = new(arguments.Length);
        s_sigmoid.LogSlopes(arguments, logs.Values);
        return TensorPrimitives.Sum<double>(logs.Values);
    }

    // Here the slopes are summands beside others, so what is below the range of a double is 0.
    // Returns Σ ln φ'.
    private protected static double Evaluate(Activation activation, ReadOnlySpan<double> arguments, Span<double> values, Span<double> slopes)
    {
        values = values[..arguments.Length];
        slopes = slopes[..arguments.Length];
        (double exponent, _, double logSum, _) = activation.Evaluate(arguments, values, slopes);
        if (exponent != 0)
        {
            TensorPrimitives.Multiply(slopes, double.Exp2(exponent), slopes);
        }

        return logSum;
    }
}
