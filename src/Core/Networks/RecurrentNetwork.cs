using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// The network with one hidden layer, in either form of its state. The Jacobian is the product of W and a diagonal of slopes, in either order.
/// </summary>
internal abstract class RecurrentNetwork : INetwork
{
    // Weights within 2^±100 are used as they are. Otherwise their products with the entries of a product might leave the range of a double.
    private const int PlainExponent = 100;

    // Spread of the weights, in bits, up to which a product of two small entries and a small weight stays in range relative to the largest.
    private const double FarApart = 200;

    private readonly int _exponent;
    private readonly Matrix _transposedWeights;

    // The matrix of the Jacobian as a right operand; only several sequence lengths need it.
    private readonly Lazy<double[]> _rightWeights;

    /// <param name="weights">W.</param>
    /// <param name="jacobianWeights">The matrix in the Jacobian: W, or Wᵀ.</param>
    /// <param name="activation">φ.</param>
    /// <param name="slopesComeFirst">Whether the Jacobian is W diag(φ') instead of diag(φ') W.</param>
    private protected RecurrentNetwork(Matrix weights, Matrix jacobianWeights, Activation activation, bool slopesComeFirst)
    {
        (Weights, JacobianWeights, Activation) = (weights, jacobianWeights, activation);
        _transposedWeights = weights.Transpose();
        _rightWeights = new(() =>
        {
            int n = HiddenSize;
            var panels = new double[n * RecurrentJacobian!.Kernel.PaddedColumns(n)];
            RecurrentJacobian.Kernel.PackRight(JacobianWeights.Values, n, n, n, panels);
            return panels;
        });
        Parts = new JacobianParts(jacobianWeights, slopesComeFirst, 1, LogSlopes);
        double largest = LargestWeight;
        if (largest > 0 && double.IsFinite(largest) && Math.Abs(Math.ILogB(largest)) > PlainExponent)
        {
            _exponent = Math.ILogB(largest);
            JacobianWeights = new Matrix(weights.Rows, weights.Columns, [.. jacobianWeights.Values.Select(value => Math.ScaleB(value, -_exponent))]);
        }

        RecurrentJacobian = new RecurrentJacobian(new PackedMatrix(JacobianWeights.Values, weights.Rows), slopesComeFirst)
        {
            WeightsLieFarApart = JacobianParts.SpreadOf(weights.Values, zerosCount: false) > FarApart,
        };
    }

    /// <inheritdoc/>
    public int HiddenSize => Weights.Rows;

    /// <inheritdoc/>
    public BlockJacobian Jacobian => RecurrentJacobian;

    /// <summary>W̃ and the side of the slopes.</summary>
    public RecurrentJacobian RecurrentJacobian { get; }

    /// <inheritdoc/>
    public long Bytes => sizeof(double) * ((Weights == JacobianWeights ? 2L : 3L) * Weights.Values.Length + RecurrentJacobian.Weights.Values.Length);

    /// <inheritdoc/>
    public bool JacobianIsConstant => Activation.SlopeIsConstant;

    /// <inheritdoc/>
    public double NormBound(double weightsNorm) => Activation.MaximumSlope * weightsNorm;

    /// <inheritdoc/>
    public bool DeterminantIsFree => true;

    /// <inheritdoc/>
    public bool SlopesCanBeZero => Activation.Kinks.Count > 0;

    /// <inheritdoc/>
    public JacobianParts Parts { get; }

    /// <summary>Base-2 exponent of the scale that is taken out of the Jacobian's matrix and added to the slopes' exponent.</summary>
    internal int WeightsExponent => _exponent;

    /// <summary>max |W_ij|.</summary>
    internal double LargestWeight => Weights.Values.Max(Math.Abs);

    /// <summary>W.</summary>
    internal Matrix Weights { get; }

    /// <summary>W or Wᵀ divided by 2^<see cref="WeightsExponent"/>.</summary>
    internal Matrix JacobianWeights { get; }

    /// <summary>φ.</summary>
    internal Activation Activation { get; }

    /// <summary>Creates the network of a state form.</summary>
    /// <param name="state">Which vector is the state.</param>
    /// <param name="jacobian">Which matrix is used as the Jacobian; the printed form exists only for pre-activation.</param>
    /// <param name="weights">W, scaled, N × N.</param>
    /// <param name="activation">φ.</param>
    public static RecurrentNetwork Of(StateForm state, JacobianForm jacobian, Matrix weights, Activation activation) => (state, jacobian) switch
    {
        (StateForm.PreActivation, JacobianForm.Exact) => new PreActivationNetwork(weights, weights, activation),
        (StateForm.PreActivation, JacobianForm.AsPrinted) => new PreActivationNetwork(weights, weights.Transpose(), activation),
        (StateForm.PostActivation, JacobianForm.Exact) => new PostActivationNetwork(weights, activation),
        _ => throw new ArgumentException("the printed form of the Jacobian is defined for the pre-activation state only", nameof(jacobian)),
    };

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => TransposedRecurrentJacobian();

    /// <inheritdoc cref="TransposedJacobian"/>
    internal RecurrentJacobian TransposedRecurrentJacobian() =>
        new(new PackedMatrix(JacobianWeights.Transpose().Values, HiddenSize, RecurrentJacobian.Kernel), !RecurrentJacobian.SlopesComeFirst);

    /// <inheritdoc/>
    public abstract Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch);

    /// <inheritdoc/>
    public bool AdvanceWith(ColumnPanels columns, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        // One pass over the weights serves both where the Jacobian has the same W, and no factor is pending.
        if (Weights == JacobianWeights && !columns.HasPendingFactor)
        {
            return AdvanceTogether(columns, state, drive, slopes, scratch, out step);
        }

        step = Advance(state, drive, slopes, scratch);
        return false;
    }

    /// <inheritdoc/>
    public abstract void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns);

    /// <inheritdoc/>
    public abstract void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result);

    /// <inheritdoc/>
    public void MultiplyEachTransposed(ReadOnlySpan<double> slopes, Span<double> vectors, Span<double> results, int count)
    {
        ProductKernel kernel = RecurrentJacobian.Kernel;
        int n = HiddenSize;
        if (2 * count <= kernel.PanelRows)
        {
            INetwork.MultiplyOneByOne(this, slopes, vectors, results, count);
            return;
        }

        // The vectors are the rows of a left operand. Each sum is in the order of the rows of W, as in the product with one vector.
        if (!RecurrentJacobian.SlopesComeFirst)
        {
            MultiplyEach(vectors[..(count * n)], slopes);
        }

        using PooledSpan left = new(kernel.PaddedRows(count) * n);
        kernel.PackLeft(vectors, count, n, left.Values);
        kernel.Multiply(left.Values, _rightWeights.Value, results, count, n, n);
        if (RecurrentJacobian.SlopesComeFirst)
        {
            MultiplyEach(results[..(count * n)], slopes);
        }

        static void MultiplyEach(Span<double> rows, ReadOnlySpan<double> factors)
        {
            for (; rows.Length > 0; rows = rows[factors.Length..])
            {
                TensorPrimitives.Multiply(rows[..factors.Length], factors, rows[..factors.Length]);
            }
        }
    }

    /// <inheritdoc/>
    public IParameters Parameters(int inputs) => new PlainParameters(this, 1, inputs);

    /// <inheritdoc/>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step) => step.LogSum;

    /// <inheritdoc/>
    public double LogNormBound(double logMaximumSlope) => logMaximumSlope;

    /// <summary>2^−e J_t, e the slopes' exponent, N × N, row by row.</summary>
    internal void FormJacobian(ReadOnlySpan<double> slopes, Span<double> jacobian)
    {
        int n = HiddenSize;
        if (!RecurrentJacobian.SlopesComeFirst)
        {
            JacobianWeights.Values.CopyTo(jacobian);
            ScaleRows(slopes, jacobian, n);
            return;
        }

        for (int i = 0; i < n; i++)
        {
            TensorPrimitives.Multiply(JacobianWeights.Row(i), slopes, jacobian.Slice(i * n, n));
        }
    }

    /// <summary>The argument of φ in the step from a state, length N: the state itself, or a_t.</summary>
    internal abstract double[] ArgumentOfActivation(ReadOnlySpan<double> state, ReadOnlySpan<double> drive);

    /// <summary>The same network with the Jacobian printed in 2013.</summary>
    internal RecurrentNetwork AsPrinted() => Of(StateForm.PreActivation, JacobianForm.AsPrinted, Weights, Activation);

    private void LogSlopes(ReadOnlySpan<double> state, ReadOnlySpan<double> drive, Span<double> logSlopes) =>
        Activation.LogSlopes(ArgumentOfActivation(state, drive), logSlopes);

    /// <summary>Values and slopes of φ at an argument. The exponent includes that of the weights.</summary>
    private protected Slopes Evaluate(ReadOnlySpan<double> argument, Span<double> values, Span<double> slopes)
    {
        Slopes result = Activation.Evaluate(argument, values, slopes);
        return result with { Exponent = result.Exponent + _exponent };
    }

    /// <summary>result = W · vector, length N each.</summary>
    private protected void ApplyWeights(ReadOnlySpan<double> vector, Span<double> result) =>
        MatrixVector.MultiplyTransposed(_transposedWeights.Values, vector, result);

    /// <summary><see cref="AdvanceWith"/> where W is also the Jacobian's, and no factor is pending.</summary>
    private protected abstract bool AdvanceTogether(ColumnPanels columns, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step);

    /// <summary>Whether columns can be multiplied by the slopes of a step as they are.</summary>
    private protected bool HasPlainSlopes(ReadOnlySpan<double> slopes, Slopes step) => !double.IsNaN(step.Sum)
        && (SlopesCanBeZero || (!double.IsNegativeInfinity(step.LogMaximum) && TensorPrimitives.Min(slopes) >= Slopes.SmallestNormal));

    /// <summary>result = W · vector, and W · columns into their spare memory, in one pass over W.</summary>
    private protected void ApplyWeights(ReadOnlySpan<double> vector, Span<double> result, ColumnPanels columns)
    {
        columns.Factors.AsSpan(0, HiddenSize).Fill(1);
        using PooledSpan image = new(columns.Height);
        RecurrentJacobian.Kernel.MultiplyScaled(
            RecurrentJacobian.Weights.Values, columns.Values, columns.Spare, columns.Factors, columns.Maxima, HiddenSize, columns.Maxima.Length, vector, image.Values);
        image.Values[..HiddenSize].CopyTo(result);
    }

    /// <summary>block := diag(factors) · block.</summary>
    private protected static void ScaleRows(ReadOnlySpan<double> factors, Span<double> block, int columns)
    {
        for (int i = 0; i < factors.Length; i++)
        {
            Span<double> row = block.Slice(i * columns, columns);
            TensorPrimitives.Multiply(row, factors[i], row);
        }
    }
}
