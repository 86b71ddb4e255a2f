using System.Globalization;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Count values, evenly spaced. The ends are exact; a value between them is rounded to 15 significant digits, or to the nearest
/// whole number.
/// </summary>
internal sealed class CountAxis : RangeAxis
{
    // Below this a decimal's 28 places are too few to divide in.
    private const decimal SmallestExact = 1e-9m;

    // The ends in ascending order.
    private readonly Numeral _low, _high;

    private CountAxis(NumericField field, Numeral from, Numeral to, long count)
        : base(field, TextOf(field, from, to, count), from, to, count) => (_low, _high) = Ascending(from, to);

    public static CountAxis? Create(NumericField field, Numeral from, Numeral to, long count, ICollection<RangeProblem> problems)
    {
        if (!FitsEnds(from, to, count, problems))
            return null;

        // Whole numbers: as soon as values are closer than 1, two of them must share one.
        (Numeral low, Numeral high) = Ascending(from, to);
        double spacing = (high.Value / Math.Max(count - 1, 1)) - (low.Value / Math.Max(count - 1, 1));
        bool tooFine = field.IsWhole
            ? high.Exact!.Value - low.Exact!.Value < count - 1
            : spacing <= Resolution(low, high, rounded: true);
        if (count > 1 && tooFine)
        {
            problems.Add(TooFine("count"));
            return null;
        }

        return new CountAxis(field, from, to, count);
    }

    internal static bool FitsEnds(Numeral from, Numeral to, long count, ICollection<RangeProblem> problems)
    {
        bool equal = Compare(from, to) == 0;
        if (equal != (count == 1))
            problems.Add(new RangeProblem("count", equal ? "count must be 1 where from equals to" : "count must be at least 2 where from differs from to"));
        return equal == (count == 1);
    }

    internal static RangeText TextOf(NumericField field, Numeral from, Numeral to, long count, string? scale = null) =>
        new(field.TextOf(from), field.TextOf(to), Count: count.ToString(CultureInfo.InvariantCulture), Scale: scale);

    private protected override FieldValue ValueAt(long index)
    {
        if (index == 0 || index == Count - 1)
            return Numeric.Of(index == 0 ? From : To);

        index = AscendingIndex(index);
        if (_low.Exact is { } low && _high.Exact is { } high && (Numeric.IsWhole || Math.Max(Math.Abs(low), Math.Abs(high)) >= SmallestExact))
        {
            decimal exact = low + ((high - low) * index / (Count - 1));
            return Numeric.Of(Numeric.IsWhole
                ? new Numeral(0, Math.Round(exact, MidpointRounding.AwayFromZero))
                : new Numeral(Numeral.Rounded(Numeral.Nearest(exact)), null));
        }

        double fraction = index / (double)(Count - 1);
        return Numeric.Of(new Numeral(Numeral.Rounded((_low.Value * (1 - fraction)) + (_high.Value * fraction)), null));
    }
}
