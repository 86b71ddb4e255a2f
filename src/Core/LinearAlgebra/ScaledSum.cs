namespace RnnSweep.Core.LinearAlgebra;

/// <summary>A sum of numbers m·2^e ≥ 0, whose range is not that of a double.</summary>
internal struct ScaledSum
{
    private double _mantissa, _exponent;

    /// <summary>log10 of the sum; −∞ where it is 0.</summary>
    public readonly double Log10 => Math.Log10(_mantissa) + (_exponent * PowerOfTwo.Log10);

    /// <summary>log10 of the square root of the sum: of a norm whose square it is.</summary>
    public readonly double Log10Root => Log10 / 2;

    /// <summary>Adds <paramref name="value"/> · 2^<paramref name="exponent"/>, where the value is any double ≥ 0.</summary>
    public void Add(double value, double exponent)
    {
        if (value == 0)
        {
            return;
        }

        if (double.IsFinite(value))
        {
            int power = Math.ILogB(value);
            (value, exponent) = (Math.ScaleB(value, -power), exponent + power);
        }

        // With mantissas of at least 1, what is 1100 bits smaller does not change the sum.
        double shift = exponent - _exponent;
        if (_mantissa == 0)
        {
            (_mantissa, _exponent) = (value, exponent);
        }
        else if (shift > 0)
        {
            (_mantissa, _exponent) = ((_mantissa * PowerOfTwo.Of(-shift)) + value, exponent);
        }
        else
        {
            _mantissa += value * PowerOfTwo.Of(shift);
        }
    }

    /// <summary>Adds the square of <paramref name="norm"/> · 2^<paramref name="exponent"/>, where the norm is any double ≥ 0.</summary>
    public void AddSquare(double norm, double exponent)
    {
        int power = norm != 0 && double.IsFinite(norm) ? Math.ILogB(norm) : 0;
        double mantissa = Math.ScaleB(norm, -power);
        Add(mantissa * mantissa, 2 * (exponent + power));
    }

    /// <summary>Adds another sum, times a factor ≥ 0.</summary>
    public void Add(ScaledSum other, double factor = 1) => Add(other._mantissa * factor, other._exponent);

    /// <summary>The ratio of two sums; NaN where both are 0.</summary>
    public static double Ratio(ScaledSum above, ScaledSum below) => above._mantissa / below._mantissa * double.Exp2(above._exponent - below._exponent);

    /// <summary>The square root.</summary>
    public readonly ScaledSum Root()
    {
        double half = Math.Floor(_exponent / 2);
        return new ScaledSum { _mantissa = Math.Sqrt(_mantissa * PowerOfTwo.Of(_exponent - (2 * half))), _exponent = half };
    }
}
