namespace RnnSweep.Core.Sweeps;

/// <summary>from, from + step, from + 2 step, … as far as to, in decimal arithmetic: 0.1 + 0.2 is 0.3.</summary>
internal sealed class StepAxis : RangeAxis
{
    private readonly Numeral _step;

    private StepAxis(NumericField field, Numeral from, Numeral to, Numeral step, long count)
        : base(field, new RangeText(field.TextOf(from), field.TextOf(to), field.TextOf(step)), from, to, count) => _step = step;

    public static StepAxis? Create(NumericField field, Numeral from, Numeral to, Numeral step, ICollection<RangeProblem> problems)
    {
        // The quotients before the difference: the ends of a double's range are further apart than that range.
        double steps = IsExact(from, to, step)
            ? (double)(to.Exact!.Value - from.Exact!.Value) / step.Value
            : from.Value == to.Value ? 0 : (to.Value / step.Value) - (from.Value / step.Value);
        if (!(steps < MaximumCount - 0.5))
        {
            problems.Add(new RangeProblem("step", $"an axis has at most {MaximumCount} values, but this step makes about {steps:g3}"));
            return null;
        }

        long count = 1 + (IsExact(from, to, step) ? Whole(from.Exact!.Value, to.Exact!.Value, step.Exact!.Value) : (long)(steps + 1e-9));
        if (count > 1 && !field.IsWhole && step.Value <= Resolution(from, to, rounded: !IsExact(from, to, step)))
        {
            problems.Add(TooFine("step"));
            return null;
        }

        return new StepAxis(field, from, to, step, count);
    }

    private protected override FieldValue ValueAt(long index)
    {
        if (IsExact(From, To, _step))
        {
            decimal exact = From.Exact!.Value + (index * _step.Exact!.Value);
            return Numeric.Of(new Numeral(Numeral.Nearest(exact), exact));
        }

        double value = index == 0 ? From.Value : Numeral.Rounded(From.Value + (index * _step.Value));
        return Numeric.Of(new Numeral(Math.Min(value, To.Value), null));
    }

    private static bool IsExact(Numeral from, Numeral to, Numeral step) =>
        from.Exact is not null && to.Exact is not null && step.Exact is not null;

    private static long Whole(decimal from, decimal to, decimal step)
    {
        var steps = (long)((to - from) / step);
        return from + (steps * step) > to ? steps - 1 : steps; // where the quotient was rounded up
    }
}
