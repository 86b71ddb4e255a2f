using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// Vectors that the Jacobians are applied to, step by step: M · diag(2^e), M of N × k with columns of a largest magnitude near 1, e one exponent
/// a column, without bounds. A column is propagated by itself, so one that falls hundreds of decades behind is still there when it comes to lead.
/// Scaling by powers of two is exact, so logarithms of these vectors are as good at 10^±100000 as they are at 1.
/// </summary>
/// <remarks>
/// Every step is one scaled product, M ← diag(slopes) · W · M, whichever side of W the slopes stand on: where they come first (J = W diag(φ')), W is
/// owed from one step to the next, and is applied when the columns are read.
/// </remarks>
internal sealed class PropagatedColumns
{
    // Rescaling is exact whenever it is done; a band around 1 saves it at most steps.
    private const int Band = 16;
    private const double Lower = 1.0 / (1 << Band), Upper = 1 << (Band + 1);

    private readonly RecurrentJacobian _jacobian;
    private readonly ProductKernel _kernel;
    private readonly double[] _factors;
    private readonly double[] _maxima;
    private readonly double[] _scales;
    private readonly double[] _exponents;
    private double[] _values;
    private double[] _spare;
    private bool _owesWeights;

    /// <summary>Columns before the first step.</summary>
    /// <param name="jacobian">Of the network.</param>
    /// <param name="columns">N × k, row by row.</param>
    /// <param name="exponents">One for each column.</param>
    /// <param name="owesWeights">Whether the last Jacobian lacks W.</param>
    public PropagatedColumns(RecurrentJacobian jacobian, ReadOnlySpan<double> columns, ReadOnlySpan<double> exponents, bool owesWeights)
        : this(jacobian, exponents.Length)
    {
        Load(columns, exponents, owesWeights);
    }

    private PropagatedColumns(RecurrentJacobian jacobian, int count)
    {
        (_jacobian, _kernel, Count) = (jacobian, jacobian.Weights.Kernel, count);
        int padded = _kernel.PaddedColumns(count), height = _kernel.PaddedRows(HiddenSize);
        _factors = new double[height];
        _maxima = new double[padded];
        _scales = new double[padded];
        _exponents = new double[count];
        _values = new double[checked(height * padded)];
        _spare = new double[height * padded];
    }

    /// <summary>N.</summary>
    public int HiddenSize => _jacobian.Weights.Size;

    /// <summary>k.</summary>
    public int Count { get; }

    /// <summary>e, of the base 2, and whole as long as no step's slopes are below the range of a double.</summary>
    public ReadOnlySpan<double> Exponents => _exponents;

    /// <summary>The largest magnitude of each column of M, exact.</summary>
    public ReadOnlySpan<double> Maxima => _maxima.AsSpan(0, Count);

    /// <summary>Whether every column is exactly 0, from which none can recover.</summary>
    public bool IsZero { get; private set; }

    /// <summary>Whether the last Jacobian lacks W, which reading applies.</summary>
    public bool OwesWeights => _owesWeights;

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * ((long)_values.Length + _spare.Length);

    /// <summary>The columns of the identity.</summary>
    public static PropagatedColumns Identity(RecurrentJacobian jacobian)
    {
        int n = jacobian.Weights.Size;
        return new PropagatedColumns(jacobian, Matrix.Identity(n).Values, new double[n], owesWeights: false);
    }

    /// <summary>Starts anew from other columns, as many as before. Allocates nothing.</summary>
    /// <param name="columns">N × k, row by row.</param>
    /// <param name="exponents">One for each column.</param>
    /// <param name="owesWeights">Whether the last Jacobian lacks W.</param>
    public void Load(ReadOnlySpan<double> columns, ReadOnlySpan<double> exponents, bool owesWeights)
    {
        _owesWeights = owesWeights;
        exponents.CopyTo(_exponents);
        _kernel.PackRight(columns, HiddenSize, Count, _kernel.PaddedRows(HiddenSize), _values);
        NoteMaxima();
        Rescale();
    }

    /// <summary>Gives up the memory that only further steps need: from here on the columns can be read as they stand, and copied.</summary>
    public void Rest() => _spare = [];

    /// <summary>The same columns in memory of their own.</summary>
    public PropagatedColumns Copy()
    {
        var copy = new PropagatedColumns(_jacobian, Count) { _owesWeights = _owesWeights, IsZero = IsZero };
        _exponents.CopyTo(copy._exponents, 0);
        _maxima.CopyTo(copy._maxima, 0);
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>Applies the Jacobian of a step. Allocates nothing.</summary>
    /// <param name="slopes">Of the step, length N.</param>
    /// <param name="exponent">The power of two that the Jacobian lacks.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent)
    {
        if (IsZero)
        {
            return;
        }

        slopes.CopyTo(_factors);
        if (_jacobian.SlopesComeFirst && !_owesWeights)
        {
            ScaleRows();
            NoteMaxima();
            _owesWeights = true;
        }
        else
        {
            _kernel.MultiplyScaled(_jacobian.Weights.Values, _values, _spare, _factors, _maxima, HiddenSize, _maxima.Length);
            (_values, _spare) = (_spare, _values);
        }

        if (exponent != 0)
        {
            TensorPrimitives.Add(_exponents, exponent, _exponents);
        }

        Rescale();
    }

    /// <summary>M, N × k; the columns stay as they are.</summary>
    /// <param name="complete">Whether the W that is owed is applied first.</param>
    public Matrix Read(bool complete)
    {
        var matrix = new Matrix(HiddenSize, Count);
        Read(complete, matrix.Values);
        return matrix;
    }

    /// <summary>M, N × k, row by row, to the caller's memory.</summary>
    public void Read(bool complete, Span<double> matrix)
    {
        double[] read = _values;
        if (complete && _owesWeights)
        {
            var ones = new double[_factors.Length];
            Array.Fill(ones, 1, 0, HiddenSize);
            _kernel.MultiplyScaled(_jacobian.Weights.Values, _values, _spare, ones, new double[_maxima.Length], HiddenSize, _maxima.Length);
            read = _spare;
        }

        _kernel.UnpackRight(read, HiddenSize, Count, _factors.Length, matrix);
    }

    /// <summary>
    /// The first columns of what was read, brought to their largest exponent, which is returned; what underflows on the way is far below it.
    /// </summary>
    public (Matrix Columns, double Exponent) WithOneExponent(Matrix read, int count)
    {
        var columns = new Matrix(HiddenSize, count);
        return (columns, WithOneExponent(read.Values, count, columns.Values));
    }

    /// <summary>The same to the caller's memory, N × count, row by row; returns the exponent.</summary>
    public double WithOneExponent(ReadOnlySpan<double> read, int count, Span<double> columns)
    {
        double exponent = double.NegativeInfinity;
        for (int j = 0; j < count; j++)
        {
            exponent = IsZeroColumn(read, j) ? exponent : Math.Max(exponent, _exponents[j]); // a column of zeros has no say
        }

        exponent = double.IsFinite(exponent) ? exponent : 0;
        var factors = new double[count];
        for (int j = 0; j < count; j++)
        {
            factors[j] = double.Exp2(Math.Min(_exponents[j] - exponent, 0));
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
            largest = Math.Max(largest, _exponents[j] + Math.Log2(_maxima[j]));
        }

        return largest * Math.Log(2);
    }

    /// <summary>ln of the Frobenius norm of the first columns as they stand, without the W that is owed; −∞ where they are 0. Allocates nothing.</summary>
    public double LogFrobeniusNorm(int count)
    {
        Span<double> squares = _scales; // overwritten before it is read again
        SumSquares(squares);
        double exponent = double.NegativeInfinity, sum = 0;
        for (int j = 0; j < count; j++)
        {
            exponent = squares[j] > 0 ? Math.Max(exponent, _exponents[j]) : exponent;
        }

        for (int j = 0; j < count; j++)
        {
            double below = _exponents[j] - exponent;
            sum += below == 0 ? squares[j] : squares[j] > 0 ? squares[j] * double.Exp2(2 * below) : 0;
        }

        return sum > 0 ? (0.5 * Math.Log(sum)) + (exponent * Math.Log(2)) : double.NegativeInfinity;
    }

    // Of each column with its padding. Entries are at most 2^17 and columns near 1, so no square that counts leaves the range of a double.
    private void SumSquares(Span<double> sums)
    {
        int height = _factors.Length;
        sums.Clear();
        for (int column = 0, width; column < _maxima.Length; column += width)
        {
            width = _kernel.PanelColumns(column, _maxima.Length);
            ref double panel = ref _values[column * height];
            ref double target = ref sums[column];
            for (int i = 0; i < HiddenSize; i++)
            {
                for (nuint j = 0; j < (nuint)width; j += 2)
                {
                    Vector128<double> values = Vector128.LoadUnsafe(ref panel, ((nuint)i * (nuint)width) + j);
                    (Vector128.LoadUnsafe(ref target, j) + (values * values)).StoreUnsafe(ref target, j);
                }
            }
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

    // Panels of some columns, row after row.
    private void ScaleRows()
    {
        int height = _factors.Length;
        for (int column = 0, width; column < _maxima.Length; column += width)
        {
            width = _kernel.PanelColumns(column, _maxima.Length);
            for (int i = 0; i < HiddenSize; i++)
            {
                Span<double> row = _values.AsSpan((column * height) + (i * width), width);
                TensorPrimitives.Multiply(row, _factors[i], row);
            }
        }
    }

    private void NoteMaxima()
    {
        int height = _factors.Length;
        _maxima.AsSpan().Clear();
        for (int column = 0, width; column < _maxima.Length; column += width)
        {
            width = _kernel.PanelColumns(column, _maxima.Length);
            Span<double> maxima = _maxima.AsSpan(column, width);
            for (int i = 0; i < HiddenSize; i++)
            {
                TensorPrimitives.MaxMagnitude(_values.AsSpan((column * height) + (i * width), width), maxima, maxima);
            }
        }

        TensorPrimitives.Abs(_maxima, _maxima); // the largest come with their signs
    }

    private void Rescale()
    {
        // Padding is zero, and a column of zeros is never out of the band.
        Vector128<double> largest = default, outside = default;
        ref double maxima = ref MemoryMarshal.GetArrayDataReference(_maxima);
        for (nuint j = 0; j + 2 <= (nuint)_maxima.Length; j += 2)
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

    // All columns, not only those outside: else each would leave the band at a step of its own, and every time all are gone through.
    private void BringIntoBand()
    {
        for (int j = 0; j < _maxima.Length; j++)
        {
            double magnitude = _maxima[j];
            int shift = magnitude == 0 ? 0 : Math.Max(Math.ILogB(magnitude), -1000); // 2^1000 is a double, 2^1074 is not
            _scales[j] = Math.ScaleB(1, -shift);
            _maxima[j] *= _scales[j];
            if (shift != 0)
            {
                _exponents[j] += shift;
            }
        }

        int height = _factors.Length;
        for (int column = 0, width; column < _maxima.Length; column += width)
        {
            width = _kernel.PanelColumns(column, _maxima.Length);
            ReadOnlySpan<double> scales = _scales.AsSpan(column, width);
            for (int i = 0; i < HiddenSize; i++)
            {
                Span<double> row = _values.AsSpan((column * height) + (i * width), width);
                TensorPrimitives.Multiply(row, scales, row);
            }
        }
    }
}
