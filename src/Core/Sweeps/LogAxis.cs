using System.Globalization;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Count values, each the same multiple of the one before. The ends are exact; a value between them is rounded to 15 significant
/// digits, or to the nearest whole number.
/// </summary>
internal sealed class LogAxis : RangeAxis
{
    // The ends in ascending order.
    private readonly Numeral _low, _high;
    private readonly Scientific _lowest, _highest;

    private LogAxis(NumericField field, Numeral from, Numeral to, long count)
        : base(field, CountAxis.TextOf(field, from, to, count, "log"), from, to, count)
    {
        (_low, _high) = Ascending(from, to);
        (_lowest, _highest) = (Scientific.Of(_low.Value), Scientific.Of(_high.Value));
    }

    public static LogAxis? Create(NumericField field, Numeral from, Numeral to, long count, ICollection<RangeProblem> problems)
    {
        (string part, Numeral low) = Compare(from, to) > 0 ? ("to", to) : ("from", from);
        if (low.Value <= 0)
        {
            problems.Add(new RangeProblem(part, $"a log range needs ends > 0, but {part} was {field.TextOf(low)}"));
            return null;
        }

        if (!CountAxis.FitsEnds(from, to, count, problems))
            return null;

        var axis = new LogAxis(field, from, to, count);
        if (axis.IsTooFine())
        {
            problems.Add(TooFine("count"));
            return null;
        }

        return axis;
    }

    private protected override FieldValue ValueAt(long index) => Numeric.Of(index switch
    {
        0 => From,
        _ when index == Count - 1 => To,
        _ when Numeric.IsWhole => new Numeral(0, Math.Clamp(WholeAt(AscendingIndex(index)), _low.Exact!.Value, _high.Exact!.Value)),
        _ => new Numeral(double.Parse(Digits(AscendingIndex(index)), CultureInfo.InvariantCulture), null),
    });

    private bool IsTooFine()
    {
        if (Count == 1)
            return false;

        double factor = Math.Pow(10, (Math.Log10(_high.Value) - Math.Log10(_low.Value)) / (Count - 1));
        if (factor - 1 <= 1e-13)
            return true;
        if (!Numeric.IsWhole)
            return _low.Value * (factor - 1) <= Math.BitIncrement(_low.Value) - _low.Value;

        // Whole numbers lie closest at the small end; from where they are more than 1 apart none can coincide any more.
        for (long i = 1; i < Count; i++)
        {
            decimal previous = WholeAt(i - 1), next = WholeAt(i);
            if (next <= previous)
                return true;
            if ((double)previous * (factor - 1) > 1.001)
                return false;
        }

        return false;
    }

    // This and Digits take an index of the ascending range.
    private decimal WholeAt(long index) =>
        Math.Round(decimal.Parse(Digits(index), NumberStyles.Float, CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero);

    /// <summary>
    /// The value in scientific notation with 15 digits. Whole decades are kept apart from the fraction of one, so that the
    /// exponential is taken of a small number only and stays accurate to the last digit from 1e-300 to 1e300.
    /// </summary>
    private string Digits(long index)
    {
        long last = Count - 1;
        long decades = (_lowest.Exponent * (last - index)) + (_highest.Exponent * index);
        long whole = (long)Math.Floor(decades / (double)last);
        double fraction = ((decades - (whole * last)) / (double)last)
            + ((Math.Log10(_lowest.Mantissa) * (last - index)) + (Math.Log10(_highest.Mantissa) * index)) / last;
        string[] parts = Math.Pow(10, fraction).ToString("E14", CultureInfo.InvariantCulture).Split('E');
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]}e{whole + int.Parse(parts[1], CultureInfo.InvariantCulture)}");
    }

    /// <summary>mantissa · 10^exponent with the mantissa from 1 to below 10.</summary>
    private readonly record struct Scientific(double Mantissa, int Exponent)
    {
        public static Scientific Of(double value)
        {
            string[] parts = value.ToString("E16", CultureInfo.InvariantCulture).Split('E');
            return new Scientific(
                double.Parse(parts[0], CultureInfo.InvariantCulture),
                int.Parse(parts[1], CultureInfo.InvariantCulture));
        }
    }
}
