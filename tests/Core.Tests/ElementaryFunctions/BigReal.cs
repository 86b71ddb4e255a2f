using System.Numerics;

namespace RnnSweep.Core.Tests.ElementaryFunctions;

/// <summary>
/// A number Mantissa · 2^Exponent of 256 bits, with textbook series: the reference for the project's own functions. Every operation is truncated to 256
/// bits, and no argument in these tests loses more than 100 of them.
/// </summary>
internal readonly record struct BigReal(BigInteger Mantissa, int Exponent)
{
    private const int Bits = 256;

    public static readonly BigReal Ln2 = LogOnePlus(new BigReal(1, 0));

    // Machin: π/4 = 4 arctan 1/5 − arctan 1/239.
    public static readonly BigReal Pi = 4 * ((4 * ArcTangentOfOneOver(5)) - ArcTangentOfOneOver(239));

    public static implicit operator BigReal(int value) => new(value, 0);

    /// <summary>The double itself, without rounding.</summary>
    public static implicit operator BigReal(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value), fraction = bits & ((1L << 52) - 1);
        int exponent = (int)(bits >> 52) & 0x7FF;
        long mantissa = exponent == 0 ? fraction : fraction | (1L << 52);
        return new BigReal(value < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    public static explicit operator double(BigReal x)
    {
        BigReal cut = Cut(x.Mantissa, x.Exponent, 53);
        return Math.ScaleB((double)cut.Mantissa, cut.Exponent);
    }

    public static BigReal operator -(BigReal x) => x with { Mantissa = -x.Mantissa };

    public static BigReal operator +(BigReal x, BigReal y)
    {
        if (x.Mantissa.IsZero || y.Mantissa.IsZero)
        {
            return x.Mantissa.IsZero ? y : x;
        }

        // A summand that is more than 2000 binary places smaller has no effect.
        (BigReal high, BigReal low) = x.Exponent >= y.Exponent ? (x, y) : (y, x);
        int distance = high.Exponent - low.Exponent;
        return distance > 2000 ? high : Cut((high.Mantissa << distance) + low.Mantissa, low.Exponent);
    }

    public static BigReal operator -(BigReal x, BigReal y) => x + -y;

    public static BigReal operator *(BigReal x, BigReal y) => Cut(x.Mantissa * y.Mantissa, x.Exponent + y.Exponent);

    public static BigReal operator /(BigReal x, BigReal y) =>
        Cut((x.Mantissa << (2 * Bits)) / y.Mantissa, x.Exponent - y.Exponent - (2 * Bits));

    /// <summary>e^x.</summary>
    public static BigReal Exp(double x)
    {
        int n = (int)Math.Round(x / Math.Log(2));
        BigReal r = (BigReal)x - (n * Ln2), result = 1 + SmallExpMinusOne(r);
        return result with { Exponent = result.Exponent + n };
    }

    /// <summary>e^x − 1.</summary>
    public static BigReal ExpMinusOne(double x) => Math.Abs(x) < 0.5 ? SmallExpMinusOne(x) : Exp(x) - 1;

    /// <summary>ln(1 + x) for −½ ≤ x ≤ 1: 2 artanh s with s = x/(2 + x), |s| ≤ ⅓.</summary>
    public static BigReal LogOnePlus(BigReal x)
    {
        BigReal s = x / (2 + x), square = s * s, power = s, sum = 0;
        for (int k = 1; k < 180; k += 2, power *= square)
        {
            sum += power / k;
        }

        return 2 * sum;
    }

    /// <summary>ln x for normal x &gt; 0.</summary>
    public static BigReal Log(double x)
    {
        int n = Math.ILogB(x);
        return (n * Ln2) + LogOnePlus((BigReal)Math.ScaleB(x, -n) - 1);
    }

    /// <summary>sin πx for 0 ≤ x ≤ ½ by its Maclaurin series.</summary>
    public static BigReal SineOfPiTimes(double x)
    {
        BigReal y = Pi * x, square = y * y, term = y, sum = 0;
        for (int k = 2; k < 80; k += 2)
        {
            sum += term;
            term = -(term * square) / (k * (k + 1));
        }

        return sum;
    }

    /// <summary>erf x for |x| ≤ 7 by its Maclaurin series, whose largest term is below e^49.</summary>
    public static BigReal Erf(double x)
    {
        BigReal square = (BigReal)x * x, term = x, sum = 0;
        for (int k = 0; k < 300; k++)
        {
            sum += term / ((2 * k) + 1);
            term = -(term * square) / (k + 1);
        }

        return TwoOverRootPi * sum;
    }

    /// <summary>2/√π by Newton's iteration.</summary>
    public static BigReal TwoOverRootPi { get; } = Newton();

    /// <summary>|actual − this| in units of the last place of this number as a double.</summary>
    public double UlpsTo(double actual)
    {
        BigReal difference = (BigReal)actual - this;
        if (difference.Mantissa.IsZero)
        {
            return 0;
        }

        int size = (int)BigInteger.Abs(Mantissa).GetBitLength() + Exponent - 1;
        return Math.Abs((double)Cut(difference.Mantissa, 0, 53).Mantissa)
            * Math.Pow(2, Cut(difference.Mantissa, difference.Exponent, 53).Exponent - Math.Max(size - 52, -1074));
    }

    private static BigReal SmallExpMinusOne(BigReal x)
    {
        BigReal term = x, sum = 0;
        for (int k = 2; k < 60; k++)
        {
            sum += term;
            term = term * x / k;
        }

        return sum;
    }

    private static BigReal ArcTangentOfOneOver(int n)
    {
        BigReal power = (BigReal)1 / n, sum = 0;
        for (int k = 1; k < 130; k += 2)
        {
            sum += power / (k % 4 == 1 ? k : -k);
            power /= n * n;
        }

        return sum;
    }

    private static BigReal Newton()
    {
        BigReal root = Math.Sqrt(Math.PI);
        for (int i = 0; i < 6; i++)
        {
            root = (root + (Pi / root)) / 2;
        }

        return 2 / root;
    }

    private static BigReal Cut(BigInteger mantissa, int exponent, int bits = Bits)
    {
        int excess = (int)BigInteger.Abs(mantissa).GetBitLength() - bits;
        return excess <= 0 ? new BigReal(mantissa, exponent) : new BigReal(mantissa >> excess, exponent + excess);
    }
}
