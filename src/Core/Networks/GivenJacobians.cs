using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// A network of which only the Jacobians are known, one matrix for each step. They are read at each use, because those of a sequence need not fit into
/// memory. The state is the number of steps so far, in its first component.
/// </summary>
/// <remarks>
/// The slopes are four numbers: the index of the step; the base-2 exponent by which its Jacobian is scaled, so that products with it neither overflow nor
/// underflow; the ratio of its smallest magnitude other than 0 to its largest, which is 0 where the Jacobian is 0; and a bound of its rank, the number of
/// its rows or columns that are not 0.
/// </remarks>
internal sealed class GivenJacobians : INetwork
{
    // Jacobians whose largest entry is within 2^±100 are used as they are, like the weights of a RecurrentNetwork.
    private const int PlainExponent = 100;

    private readonly IMatrixRows _rows;
    private readonly int _first, _steps;
    private readonly bool _isTransposed;

    /// <param name="rows">Matrices of N × N, one below the other.</param>
    /// <param name="first">The row where the Jacobian of the first step begins.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="layout">The layout of the matrices.</param>
    public GivenJacobians(IMatrixRows rows, int first, int steps, JacobianLayout layout)
    {
        (_rows, _first, _steps, _isTransposed) = (rows, first, steps, layout == JacobianLayout.Transposed);
        Jacobian = new GivenJacobian(this, isTransposed: false);
    }

    /// <inheritdoc/>
    public int HiddenSize => _rows.Columns;

    /// <inheritdoc/>
    public int SlopeLength => 4;

    /// <inheritdoc/>
    public int DriveLength => 0;

    /// <inheritdoc/>
    public bool JacobianIsConstant => false;

    /// <inheritdoc/>
    public BlockJacobian Jacobian { get; }

    /// <inheritdoc/>
    public long Bytes => 0;

    /// <summary>NaN: no weights are known.</summary>
    public double NormBound(double weightsNorm) => double.NaN;

    /// <summary>NaN: no weights are known.</summary>
    public double LogNormBound(double logMaximumSlope) => double.NaN;

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => new GivenJacobian(this, isTransposed: true);

    /// <summary>Ratio of the largest magnitude of a step's Jacobian to its smallest other than 0, in bits; 0 for a Jacobian of zeros.</summary>
    public static double BitsApart(ReadOnlySpan<double> slopes) => IsZero(slopes) ? 0 : -Math.Log2(slopes[2]);

    /// <summary>Upper bound of the rank of a step's Jacobian, from its rows and columns of zeros.</summary>
    public static int RankBound(ReadOnlySpan<double> slopes) => (int)slopes[3];

    /// <summary>Whether a step's Jacobian is exactly 0.</summary>
    public static bool IsZero(ReadOnlySpan<double> slopes) => slopes[2] == 0;

    /// <inheritdoc/>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int step = (int)state[0];
        using PooledSpan memory = new(HiddenSize * HiddenSize), maxima = new(HiddenSize);
        Span<double> jacobian = memory.Values, largestOfColumns = maxima.Values;
        Read(step, isTransposed: false, jacobian);
        double largest = Math.Abs(TensorPrimitives.MaxMagnitude<double>(jacobian)), smallest = largest; // MaxMagnitude returns a signed value
        if (!double.IsFinite(largest))
        {
            throw new InvalidDataException($"the Jacobian of step {step} holds {largest}: its file has changed since the sweep was read");
        }

        int rows = 0;
        largestOfColumns.Clear();
        for (int i = 0; i < HiddenSize; i++)
        {
            ReadOnlySpan<double> row = jacobian.Slice(i * HiddenSize, HiddenSize);
            TensorPrimitives.MaxMagnitude(row, largestOfColumns, largestOfColumns);
            rows += row.ContainsAnyExcept(0) ? 1 : 0;
            foreach (double value in row)
            {
                double magnitude = Math.Abs(value);
                smallest = magnitude < smallest && magnitude != 0 ? magnitude : smallest;
            }
        }

        int power = largest == 0 ? 0 : Math.ILogB(largest), exponent = Math.Abs(power) > PlainExponent ? power : 0;
        (slopes[0], slopes[1]) = (step, exponent);
        slopes[2] = largest == 0 ? 0 : Math.Max(smallest / largest, double.Epsilon);
        slopes[3] = Math.Min(rows, HiddenSize - largestOfColumns.Count(0));
        state[0] = step + 1;
        return new Slopes(exponent, 0, 0, 0);
    }

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        using PooledSpan jacobian = new(HiddenSize * HiddenSize);
        ReadScaled(slopes, isTransposed: false, jacobian.Values);
        MatrixProduct.Multiply(jacobian.Values, block, result, HiddenSize, HiddenSize, columns);
    }

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        using PooledSpan jacobian = new(HiddenSize * HiddenSize);
        ReadScaled(slopes, isTransposed: false, jacobian.Values);
        MatrixVector.MultiplyTransposed(jacobian.Values, vector, result);
    }

    /// <summary>ln |det J_t| by factoring J_t: (2/3) N³ operations.</summary>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        var jacobian = new Matrix(HiddenSize, HiddenSize);
        Read((int)slopes[0], isTransposed: false, jacobian.Values);
        return LinearAlgebra.LogDeterminant.Of(jacobian);
    }

    /// <summary>Reads J_t, or its transpose, as it is given.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="isTransposed">Whether to read J_tᵀ.</param>
    /// <param name="jacobian">N × N, overwritten, row by row.</param>
    public void Read(int step, bool isTransposed, Span<double> jacobian)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, _steps);
        int n = HiddenSize, row = _first + (step * n);
        if (isTransposed == _isTransposed)
        {
            _rows.Read(row, jacobian);
            return;
        }

        using PooledSpan stored = new(n * n);
        _rows.Read(row, stored.Values);
        Transposition.Copy(stored.Values, n, jacobian, n, n, n);
    }

    /// <summary>Reads 2^−e J_t, or its transpose, e the slopes' exponent.</summary>
    public void ReadScaled(ReadOnlySpan<double> slopes, bool isTransposed, Span<double> jacobian)
    {
        Read((int)slopes[0], isTransposed, jacobian);
        int exponent = (int)slopes[1], half = exponent / 2;
        if (exponent != 0)
        {
            // In two steps, because 2^1074 is not a double.
            TensorPrimitives.Multiply(jacobian, Math.ScaleB(1, -half), jacobian);
            TensorPrimitives.Multiply(jacobian, Math.ScaleB(1, half - exponent), jacobian);
        }
    }
}
