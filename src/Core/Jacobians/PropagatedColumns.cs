using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// Vectors to which the Jacobians are applied step by step: M · diag(2^e), where M is N × k with a largest magnitude near 1 in each column, and e
/// holds one unbounded exponent per column. Columns are propagated independently, so a column that falls hundreds of decades behind keeps its digits
/// and may lead later. Scaling by powers of two is exact, so logarithms of these vectors are as accurate at 10^±100000 as at 1.
/// </summary>
internal sealed partial class PropagatedColumns
{
    // Rescaling is exact at any time. A band around 1 avoids it at most steps.
    private const int Band = 16;

    /// <summary>Columns with a largest magnitude from <see cref="Lower"/> up to <see cref="Upper"/> need no rescaling.</summary>
    public const double Lower = 1.0 / (1 << Band), Upper = 1 << (Band + 1);

    private readonly BlockJacobian _jacobian;
    private readonly ColumnPanels _panels;
    private readonly double[] _scales;
    private readonly double[] _exponents;

    /// <summary>Creates the columns before the first step.</summary>
    /// <param name="jacobian">The network's Jacobian.</param>
    /// <param name="columns">N × k, row by row.</param>
    /// <param name="exponents">One per column.</param>
    /// <param name="hasPendingFactor">Whether a factor of the last Jacobian is still to be applied. The network's Jacobian defines it.</param>
    public PropagatedColumns(BlockJacobian jacobian, ReadOnlySpan<double> columns, ReadOnlySpan<double> exponents, bool hasPendingFactor)
        : this(jacobian, new ColumnPanels(jacobian.Kernel, jacobian.Size, exponents.Length))
    {
        Load(columns, exponents, hasPendingFactor);
    }

    private PropagatedColumns(BlockJacobian jacobian, ColumnPanels panels)
    {
        (_jacobian, _panels) = (jacobian, panels);
        _scales = new double[panels.Maxima.Length];
        _exponents = new double[panels.Count];
    }

    /// <summary>N.</summary>
    public int HiddenSize => _panels.Size;

    /// <summary>k.</summary>
    public int Count => _panels.Count;

    /// <summary>The exponents e of base 2; whole as long as no step's slopes are below the range of a double.</summary>
    public ReadOnlySpan<double> Exponents => _exponents;

    /// <summary>The largest magnitude of each column of M, exact.</summary>
    public ReadOnlySpan<double> Maxima => _panels.Maxima.AsSpan(0, Count);

    /// <summary>Whether every column is exactly 0, and so stays 0.</summary>
    public bool IsZero { get; private set; }

    /// <summary>Whether a factor of the last Jacobian is still to be applied. Reading applies it.</summary>
    public bool HasPendingFactor => _panels.HasPendingFactor;

    /// <summary>Whether some entry is so far below the largest that it may leave the range of a double.</summary>
    public bool HoldSmallNumbers => SmallNumbers.Exist(_panels.Values);

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * ((long)_panels.Values.Length + _panels.Spare.Length);

    /// <summary>The columns of the identity.</summary>
    public static PropagatedColumns Identity(BlockJacobian jacobian)
    {
        int n = jacobian.Size;
        return new PropagatedColumns(jacobian, Matrix.Identity(n).Values, new double[n], hasPendingFactor: false);
    }

    /// <summary>Columns of zeros.</summary>
    public static PropagatedColumns Zeros(BlockJacobian jacobian, int count) =>
        new(jacobian, new ColumnPanels(jacobian.Kernel, jacobian.Size, count)) { IsZero = true };

    /// <summary>Replaces the columns by the same number of others. Allocates nothing.</summary>
    /// <param name="columns">N × k, row by row.</param>
    /// <param name="exponents">One per column.</param>
    /// <param name="hasPendingFactor">Whether a factor of the last Jacobian is still to be applied.</param>
    public void Load(ReadOnlySpan<double> columns, ReadOnlySpan<double> exponents, bool hasPendingFactor)
    {
        _panels.HasPendingFactor = hasPendingFactor;
        exponents.CopyTo(_exponents);
        _panels.Pack(columns);
        Rescale();
    }

    /// <summary>Frees the memory that only further steps need. Afterwards the columns can only be read and copied.</summary>
    public void FreeSpare() => _panels.FreeSpare();

    /// <summary>A copy in separate memory.</summary>
    public PropagatedColumns Copy()
    {
        var copy = new PropagatedColumns(_jacobian, _panels.Copy()) { IsZero = IsZero };
        _exponents.CopyTo(copy._exponents, 0);
        return copy;
    }

    /// <summary>Applies the Jacobian of a step. Allocates nothing.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="exponent">Base-2 exponent e: the true Jacobian is 2^e times that of the slopes.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent)
    {
        if (IsZero)
        {
            return;
        }

        _jacobian.Apply(slopes, _panels);
        AddExponent(exponent);
        Rescale();
    }

    /// <summary>M, N × k. The columns do not change.</summary>
    /// <param name="complete">Whether to apply a pending factor first.</param>
    public Matrix Read(bool complete)
    {
        var matrix = new Matrix(HiddenSize, Count);
        Read(complete, matrix.Values);
        return matrix;
    }

    /// <summary>Writes M, N × k, row by row, to the caller's memory.</summary>
    public void Read(bool complete, Span<double> matrix) =>
        _panels.Unpack(complete ? _jacobian.Complete(_panels) : _panels.Values, matrix);

    /// <summary>The first columns of M, scaled to the largest of their exponents, which is returned. Values that underflow are far below the largest.</summary>
    public (Matrix Columns, double Exponent) WithOneExponent(Matrix read, int count)
    {
        var columns = new Matrix(HiddenSize, count);
        return (columns, WithOneExponent(read.Values, count, columns.Values));
    }

    /// <summary>Writes the same to the caller's memory, N × count, row by row; returns the exponent.</summary>
    public double WithOneExponent(ReadOnlySpan<double> read, int count, Span<double> columns)
    {
        double exponent = double.NegativeInfinity;
        for (int j = 0; j < count; j++)
        {
            exponent = IsZeroColumn(read, j) ? exponent : Math.Max(exponent, _exponents[j]); // a column of zeros must not set the exponent
        }

        exponent = double.IsFinite(exponent) ? exponent : 0;
        var factors = new double[count];
        for (int j = 0; j < count; j++)
        {
            factors[j] = PowerOfTwo.Of(Math.Min(_exponents[j] - exponent, 0));
        }

        for (int i = 0; i < HiddenSize; i++)
        {
            TensorPrimitives.Multiply(read.Slice(i * Count, count), factors, columns.Slice(i * count, count));
        }

        return exponent;
    }

    /// <summary>ln of the largest magnitude among all entries; −∞ where all are 0.</summary>
    public double LogLargest()
    {
        double largest = double.NegativeInfinity;
        for (int j = 0; j < Count; j++)
        {
            largest = Math.Max(largest, _exponents[j] + Math.Log2(_panels.Maxima[j]));
        }

        return largest * Math.Log(2);
    }

    /// <summary>ln of the Frobenius norm of the first columns, without a pending factor; −∞ where they are 0. Allocates nothing.</summary>
    public double LogFrobeniusNorm(int count)
    {
        Span<double> squares = _scales; // scratch, overwritten before it is next read
        _panels.SumSquares(squares); // entries are at most 2^17 and columns near 1, so none leaves the range of a double
        double exponent = double.NegativeInfinity, sum = 0;
        for (int j = 0; j < count; j++)
        {
            exponent = squares[j] > 0 ? Math.Max(exponent, _exponents[j]) : exponent;
        }

        for (int j = 0; j < count; j++)
        {
            double below = _exponents[j] - exponent;
            sum += below == 0 ? squares[j] : squares[j] > 0 ? squares[j] * PowerOfTwo.Of(2 * below) : 0;
        }

        return sum > 0 ? (0.5 * Math.Log(sum)) + (exponent * Math.Log(2)) : double.NegativeInfinity;
    }

    private void AddExponent(double exponent)
    {
        if (exponent != 0)
        {
            TensorPrimitives.Add(_exponents, exponent, _exponents);
        }
    }

    private bool IsZeroColumn(ReadOnlySpan<double> read, int column)
    {
        for (int i = 0; i < HiddenSize; i++)
        {
            if (read[(i * Count) + column] != 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Rescale()
    {
        // Padding is zero, and a column of zeros needs no rescaling.
        Vector128<double> largest = default, outside = default;
        ref double maxima = ref MemoryMarshal.GetArrayDataReference(_panels.Maxima);
        for (nuint j = 0; j + 2 <= (nuint)_panels.Maxima.Length; j += 2)
        {
            Vector128<double> magnitudes = Vector128.LoadUnsafe(ref maxima, j);
            largest = Vector128.Max(largest, magnitudes);
            outside |= Vector128.GreaterThanOrEqual(magnitudes, Vector128.Create(Upper))
                | (Vector128.LessThan(magnitudes, Vector128.Create(Lower)) & Vector128.GreaterThan(magnitudes, Vector128<double>.Zero));
        }

        IsZero = largest == Vector128<double>.Zero;
        if (outside != Vector128<double>.Zero)
        {
            BringIntoBand();
        }
    }

    // Rescales all columns. Otherwise each would leave the band at a different step, and each rescaling goes through all of them.
    private void BringIntoBand()
    {
        double[] maxima = _panels.Maxima;
        for (int j = 0; j < maxima.Length; j++)
        {
            double magnitude = maxima[j];
            int shift = magnitude == 0 ? 0 : Math.Max(Math.ILogB(magnitude), -1000); // 2^1000 is a double, 2^1074 is not
            _scales[j] = Math.ScaleB(1, -shift);
            maxima[j] *= _scales[j];
            if (shift != 0)
            {
                _exponents[j] += shift;
            }
        }

        _panels.ScaleColumns(_scales);
    }
}
