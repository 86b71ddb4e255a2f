using System.Globalization;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Count values that are evenly spaced or grow by a constant factor. The ends are exact; a value between them is rounded to 15 significant digits, or
/// to the nearest whole number.
/// </summary>
internal sealed class CountAxis : RangeAxis
{
    // Below this, a decimal's 28 places are too few for the division.
    private const decimal SmallestExact = 1e-9m;

    // The ends in ascending order.
    private readonly Numeral _low, _high;
    private readonly LogSpacing? _log;

    private CountAxis(NumericField field, Numeral from, Numeral to, long count, bool isLog)
        : base(field, new RangeText(field.TextOf(from), field.TextOf(to), Count: count.ToString(), Scale: isLog ? "log" : null), from, to, count)
    {
        (_low, _high) = Ascending(from, to);
        _log = isLog ? new LogSpacing(_low.Value, _high.Value, count - 1) : null;
    }

    public static CountAxis? Create(NumericField field, Numeral from, Numeral to, long count, bool isLog, ICollection<RangeProblem> problems)
    {
        int order = Compare(from, to);
        (string part, Numeral low) = order > 0 ? ("to", to) : ("from", from);
        if (isLog && low.Value <= 0)
        {
            problems.Add(new RangeProblem(part, $"a log range needs ends > 0, but {part} was {field.TextOf(low)}"));
        }
        else if ((order == 0) != (count == 1))
        {
            problems.Add(new RangeProblem("count", order == 0 ? "count must be 1 where from equals to" : "count must be at least 2 where from differs from to"));
        }
        else if (new CountAxis(field, from, to, count, isLog) is var axis && (count == 1 || !axis.IsTooFine()))
        {
            return axis;
        }
        else
        {
            problems.Add(TooFine("count"));
        }

        return null;
    }

    private protected override Numeral At(long index)
    {
        if (index == 0 || index == Count - 1)
        {
            return index == 0 ? From : To;
        }

        index = AscendingIndex(index);
        if (Numeric.IsWhole)
        {
            return new Numeral(0, WholeAt(index));
        }

        if (_log is { } log)
        {
            return new Numeral(log.Real(index), null);
        }

        if (_low.Exact is { } low && _high.Exact is { } high && Math.Max(Math.Abs(low), Math.Abs(high)) >= SmallestExact)
        {
            return new Numeral(Numeral.Rounded(Numeral.Nearest(Exact(low, high, index))), null);
        }

        double fraction = index / (double)(Count - 1);
        return new Numeral(Numeral.Rounded((_low.Value * (1 - fraction)) + (_high.Value * fraction)), null);
    }

    private decimal Exact(decimal low, decimal high, long index) => low + ((high - low) * index / (Count - 1));

    private decimal WholeAt(long index)
    {
        (decimal low, decimal high) = (_low.Exact!.Value, _high.Exact!.Value);
        return _log is { } log ? Math.Clamp(log.Whole(index), low, high) : Math.Round(Exact(low, high, index), MidpointRounding.AwayFromZero);
    }

    // Of evenly spaced whole numbers, two must be equal when the spacing is less than 1.
    private bool IsTooFine()
    {
        if (_log is { } log)
        {
            return log.IsTooFine(Numeric.IsWhole);
        }

        double spacing = (_high.Value / (Count - 1)) - (_low.Value / (Count - 1));
        return Numeric.IsWhole ? _high.Exact!.Value - _low.Exact!.Value < Count - 1 : spacing <= Resolution(_low, _high, rounded: true);
    }
}

/// <summary>The values between the ends of a log range, by index of the ascending range.</summary>
internal sealed class LogSpacing(double low, double high, long last)
{
    private readonly (double Mantissa, int Exponent) _low = Numeral.Scientific(low), _high = Numeral.Scientific(high);

    public double Real(long index) => double.Parse(Digits(index));

    public decimal Whole(long index) => Math.Round(decimal.Parse(Digits(index), NumberStyles.Float), MidpointRounding.AwayFromZero);

    /// <summary>Whether two neighbours are the same number.</summary>
    public bool IsTooFine(bool areWhole)
    {
        double factor = Math.Pow(10, (Math.Log10(high) - Math.Log10(low)) / last);
        if (factor - 1 <= 1e-13)
        {
            return true;
        }

        if (!areWhole)
        {
            return low * (factor - 1) <= Math.BitIncrement(low) - low;
        }

        // Whole numbers are closest at the small end. Once they are more than 1 apart, no two can be equal.
        for (long i = 1; i <= last; i++)
        {
            decimal previous = Whole(i - 1), next = Whole(i);
            if (next <= previous)
            {
                return true;
            }

            if ((double)previous * (factor - 1) > 1.001)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>
    /// The 15 digits of a value. Whole decades are kept apart from the fraction of a decade, so that the exponential is taken only of a small number
    /// and is accurate to the last digit from 1e-300 to 1e300.
    /// </summary>
    private string Digits(long index)
    {
        long decades = (_low.Exponent * (last - index)) + (_high.Exponent * index);
        long whole = (long)Math.Floor(decades / (double)last);
        double fraction = ((decades - (whole * last)) / (double)last)
            + ((Math.Log10(_low.Mantissa) * (last - index)) + (Math.Log10(_high.Mantissa) * index)) / last;
        string[] parts = Math.Pow(10, fraction).ToString("E14").Split('E');
        return $"{parts[0]}e{whole + int.Parse(parts[1])}";
    }
}
