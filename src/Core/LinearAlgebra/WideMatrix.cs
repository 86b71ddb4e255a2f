namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A matrix of numbers m·2^e, where each entry has its own exponent, a whole number of type double. Entries neither underflow nor overflow, however
/// much they differ. Products take about a hundred times as long as those of doubles.
/// </summary>
internal sealed class WideMatrix
{
    // A term that is smaller than the largest of a sum by more bits does not change the sum.
    private const double Negligible = 128;

    private readonly double[] _mantissas;
    private readonly double[] _exponents;

    /// <summary>Creates a matrix of zeros.</summary>
    public WideMatrix(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        _mantissas = new double[rows * columns];
        _exponents = new double[rows * columns];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Whether every entry is 0.</summary>
    public bool IsZero => Array.TrueForAll(_mantissas, mantissa => mantissa == 0);

    /// <summary>A matrix of doubles, without rounding.</summary>
    public static WideMatrix Of(ReadOnlySpan<double> values, int rows, int columns)
    {
        var wide = new WideMatrix(rows, columns);
        for (int i = 0; i < values.Length; i++)
        {
            wide.Set(i, values[i], 0);
        }

        return wide;
    }

    /// <summary>The column of e^x for every x; 0 where x is −∞.</summary>
    public static WideMatrix OfLogarithms(ReadOnlySpan<double> logarithms)
    {
        var wide = new WideMatrix(logarithms.Length, 1);
        for (int i = 0; i < logarithms.Length; i++)
        {
            double bits = logarithms[i] / Math.Log(2), whole = Math.Floor(bits);
            if (!double.IsNegativeInfinity(bits))
            {
                wide.Set(i, double.Exp2(bits - whole), whole);
            }
        }

        return wide;
    }

    /// <summary>The transpose.</summary>
    public WideMatrix Transpose()
    {
        var transpose = new WideMatrix(Columns, Rows);
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                transpose.Set((j * Rows) + i, _mantissas[(i * Columns) + j], _exponents[(i * Columns) + j]);
            }
        }

        return transpose;
    }

    /// <summary>This matrix times another.</summary>
    public WideMatrix Multiply(WideMatrix right)
    {
        var product = new WideMatrix(Rows, right.Columns);
        Span<int> terms = new int[Columns];
        for (int i = 0; i < Rows; i++)
        {
            int count = 0;
            for (int k = 0; k < Columns; k++)
            {
                terms[count] = k;
                count += _mantissas[(i * Columns) + k] != 0 ? 1 : 0;
            }

            for (int j = 0; j < right.Columns; j++)
            {
                product.SetDot((i * right.Columns) + j, this, i, terms[..count], right, j);
            }
        }

        return product;
    }

    /// <summary>diag(factors) times this matrix.</summary>
    /// <param name="factors">A matrix of one column.</param>
    public WideMatrix ScaleRows(WideMatrix factors)
    {
        var scaled = new WideMatrix(Rows, Columns);
        for (int i = 0; i < _mantissas.Length; i++)
        {
            int row = i / Columns;
            scaled.Set(i, _mantissas[i] * factors._mantissas[row], _exponents[i] + factors._exponents[row]);
        }

        return scaled;
    }

    /// <summary>A multiple of this matrix.</summary>
    public WideMatrix Times(double factor)
    {
        var product = new WideMatrix(Rows, Columns);
        for (int i = 0; i < _mantissas.Length; i++)
        {
            product.Set(i, factor * _mantissas[i], _exponents[i]);
        }

        return product;
    }

    /// <summary>This matrix plus a multiple of another of the same shape.</summary>
    public WideMatrix Plus(double factor, WideMatrix other)
    {
        var sum = new WideMatrix(Rows, Columns);
        for (int i = 0; i < _mantissas.Length; i++)
        {
            double a = _mantissas[i], b = factor * other._mantissas[i];
            double top = a == 0 ? other._exponents[i] : b == 0 ? _exponents[i] : Math.Max(_exponents[i], other._exponents[i]);
            sum.Set(i, (a * Power(_exponents[i] - top)) + (b * Power(other._exponents[i] - top)), top);
        }

        return sum;
    }

    /// <summary>Divides the matrix by 2^e, e the exponent of its largest entry, and returns e; 0 where all entries are 0.</summary>
    public double ExtractExponent()
    {
        double top = LargestExponent();
        for (int i = 0; i < _mantissas.Length; i++)
        {
            _exponents[i] -= _mantissas[i] == 0 ? 0 : top;
        }

        return top;
    }

    /// <summary>The matrix divided by 2^Exponent, the exponent of its largest entry, as doubles. Much smaller entries become 0.</summary>
    public (double[] Values, double Exponent) ToDoubles()
    {
        double top = LargestExponent();
        var values = new double[_mantissas.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _mantissas[i] == 0 ? 0 : _mantissas[i] * double.Exp2(_exponents[i] - top);
        }

        return (values, top);
    }

    private double LargestExponent()
    {
        double top = double.NegativeInfinity;
        for (int i = 0; i < _mantissas.Length; i++)
        {
            top = _mantissas[i] == 0 ? top : Math.Max(top, _exponents[i]);
        }

        return double.IsNegativeInfinity(top) ? 0 : top;
    }

    // 2^bits for bits ≤ 0, or 0 where it is negligible.
    private static double Power(double bits) =>
        bits < -Negligible ? 0 : BitConverter.Int64BitsToDouble((long)(Math.Min(bits, 0) + 1023) << 52);

    private void SetDot(int place, WideMatrix left, int row, ReadOnlySpan<int> terms, WideMatrix right, int column)
    {
        double top = double.NegativeInfinity;
        foreach (int k in terms)
        {
            int at = (k * right.Columns) + column;
            top = right._mantissas[at] == 0 ? top : Math.Max(top, left._exponents[(row * left.Columns) + k] + right._exponents[at]);
        }

        double sum = 0;
        foreach (int k in terms)
        {
            int of = (row * left.Columns) + k, at = (k * right.Columns) + column;
            sum += right._mantissas[at] == 0 ? 0 : left._mantissas[of] * right._mantissas[at] * Power(left._exponents[of] + right._exponents[at] - top);
        }

        Set(place, sum, top);
    }

    // Stores a mantissa with a magnitude in [1, 2), or 0.
    private void Set(int place, double mantissa, double exponent)
    {
        int shift = mantissa == 0 ? 0 : Math.ILogB(mantissa);
        _mantissas[place] = shift == 0 ? mantissa : Math.ScaleB(mantissa, -shift);
        _exponents[place] = mantissa == 0 ? 0 : exponent + shift;
    }
}
