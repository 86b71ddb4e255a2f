namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The values from, from + step, from + 2 step, … up to to, in decimal arithmetic: 0.1 + 0.2 is 0.3. A descending range has a negative step. Where it
/// ends exactly at to, its values are those of the ascending range in reverse order.
/// </summary>
internal sealed class StepAxis : RangeAxis
{
    private readonly Numeral _step;

    // The first value and the step of the ascending range with the same values. The step is negative where there is no such range.
    private readonly Numeral _start, _rise;

    private StepAxis(NumericField field, Numeral from, Numeral to, Numeral step, long count)
        : base(field, new RangeText(field.TextOf(from), field.TextOf(to), field.TextOf(step)), from, to, count)
    {
        _step = step;
        (_start, _rise) = IsDescending && EndsAtFrom(to, Negated(step)) ? (to, Negated(step)) : (from, step);
    }

    public static StepAxis? Create(NumericField field, Numeral from, Numeral to, Numeral step, ICollection<RangeProblem> problems)
    {
        // Divides before subtracting, because the difference of the ends may exceed the range of a double.
        double steps = IsExact(from, to, step)
            ? (double)(to.Exact!.Value - from.Exact!.Value) / step.Value
            : from.Value == to.Value ? 0 : (to.Value / step.Value) - (from.Value / step.Value);
        if (!(steps < MaximumCount - 0.5))
        {
            problems.Add(new RangeProblem("step", $"an axis has at most {MaximumCount} values, but this step makes about {steps:g3}"));
            return null;
        }

        long count = 1 + (IsExact(from, to, step) ? Whole(from.Exact!.Value, to.Exact!.Value, step.Exact!.Value) : (long)(steps + 1e-9));
        if (count > 1 && !field.IsWhole && Math.Abs(step.Value) <= Resolution(from, to, rounded: !IsExact(from, to, step)))
        {
            problems.Add(TooFine("step"));
            return null;
        }

        return new StepAxis(field, from, to, step, count);
    }

    private protected override Numeral At(long index)
    {
        if (IsExact(From, To, _step))
        {
            decimal exact = From.Exact!.Value + (index * _step.Exact!.Value);
            return new Numeral(Numeral.Nearest(exact), exact);
        }

        bool isReversed = _rise != _step;
        return new Numeral(Inexact(_start, _rise, isReversed ? Count - 1 - index : index, isReversed ? From : To), null);
    }

    // A value of a range that starts at one end and does not exceed the other.
    private static double Inexact(Numeral start, Numeral step, long index, Numeral end)
    {
        double value = index == 0 ? start.Value : Numeral.Rounded(start.Value + (index * step.Value));
        return step.Value < 0 ? Math.Max(value, end.Value) : Math.Min(value, end.Value);
    }

    // Whether the ascending range that starts at to reaches from with the same number of values.
    private bool EndsAtFrom(Numeral to, Numeral rise) => !IsExact(From, To, _step) && Inexact(to, rise, Count - 1, From) == From.Value;

    private static Numeral Negated(Numeral number) => new(-number.Value, -number.Exact);

    private static bool IsExact(Numeral from, Numeral to, Numeral step) =>
        from.Exact is not null && to.Exact is not null && step.Exact is not null;

    private static long Whole(decimal from, decimal to, decimal step)
    {
        var steps = (long)((to - from) / step);
        decimal last = from + (steps * step);
        return (step > 0 ? last > to : last < to) ? steps - 1 : steps; // corrects a quotient that was rounded up
    }
}
