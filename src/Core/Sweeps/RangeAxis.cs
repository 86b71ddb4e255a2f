namespace RnnSweep.Core.Sweeps;

/// <summary>An axis whose values are computed from its inclusive ends. It descends where from is above to.</summary>
public abstract class RangeAxis : Axis
{
    private protected RangeAxis(NumericField field, RangeText range, Numeral from, Numeral to, long count)
        : base(field, count) => (Numeric, Range, From, To) = (field, range, from, to);

    /// <summary>Whether the values descend.</summary>
    public bool IsDescending => Compare(From, To) > 0;

    /// <summary>The range's parts in canonical text, from which the same axis can be read.</summary>
    public RangeText Range { get; }

    private protected NumericField Numeric { get; }

    private protected Numeral From { get; }

    private protected Numeral To { get; }

    /// <summary>
    /// Reads a range: from, to and step; or from, to and count, evenly spaced or, with scale <c>log</c>, by a constant factor. Where from is above
    /// to, the range descends and has a negative step; its values are those of the ascending range in reverse order. Null where something is wrong,
    /// which is added to the problems.
    /// </summary>
    public static RangeAxis? Read(NumericField field, RangeText text, ICollection<RangeProblem> problems)
    {
        int before = problems.Count;
        Numeral from = ReadEnd(field, "from", text.From, problems);
        Numeral to = ReadEnd(field, "to", text.To, problems);
        int? direction = problems.Count == before ? Compare(to, from) : null;
        bool log = ReadScale(text, problems);
        Numeral step = text.Step is null ? default : ReadStep(field, text.Step, direction, problems);
        long count = text.Count is null ? 0 : ReadCount(text.Count, problems);
        if (text is { Step: null, Count: null })
        {
            problems.Add(new RangeProblem(null, "a range needs a step or a count"));
        }

        if (text is { Step: not null, Count: not null })
        {
            problems.Add(new RangeProblem("count", "a range has a step or a count, not both"));
        }

        if (problems.Count > before)
        {
            return null;
        }

        return text.Step is not null ? StepAxis.Create(field, from, to, step, problems) : CountAxis.Create(field, from, to, count, log, problems);
    }

    private protected sealed override FieldValue ValueAt(long index) => Numeric.Of(At(index));

    private protected abstract Numeral At(long index);

    private protected static int Compare(Numeral a, Numeral b) =>
        a.Exact is { } exactA && b.Exact is { } exactB ? exactA.CompareTo(exactB) : a.Value.CompareTo(b.Value);

    private protected static (Numeral Low, Numeral High) Ascending(Numeral from, Numeral to) => Compare(from, to) > 0 ? (to, from) : (from, to);

    /// <summary>The index of a value in the ascending range of the same values.</summary>
    private protected long AscendingIndex(long index) => IsDescending ? Count - 1 - index : index;

    /// <summary>
    /// The distance that two neighbours must exceed to be different numbers, anywhere between the ends: a unit in the last place of the larger end,
    /// or in its fifteenth digit where values are rounded to 15 digits.
    /// </summary>
    private protected static double Resolution(Numeral from, Numeral to, bool rounded)
    {
        double largest = Math.Max(Math.Abs(from.Value), Math.Abs(to.Value));
        double unit = Math.BitIncrement(largest) - largest;
        return rounded && largest > 0 ? Math.Max(unit, Math.Pow(10, Math.Floor(Math.Log10(largest)) - 14)) : unit;
    }

    private protected static RangeProblem TooFine(string part) =>
        new(part, $"{part} makes neighbours that are the same number; the range needs fewer values");

    private static Numeral ReadEnd(NumericField field, string part, string? text, ICollection<RangeProblem> problems)
    {
        if (text is null)
        {
            problems.Add(new RangeProblem(null, $"a range needs {part}"));
            return default;
        }

        if (!field.TryReadNumber(text, out Numeral number, out string? problem))
        {
            problems.Add(new RangeProblem(part, problem));
        }

        return number;
    }

    // The direction is positive where from is below to, negative where it is above, and null where an end could not be read.
    private static Numeral ReadStep(NumericField field, string text, int? direction, ICollection<RangeProblem> problems)
    {
        bool isNumber = Numeral.TryRead(text, out Numeral step) && double.IsFinite(step.Value) && (!field.IsWhole || step.Exact is { } exact && decimal.IsInteger(exact));
        if (isNumber && step.Value != 0 && (direction is null or 0 || Math.Sign(step.Value) == Math.Sign(direction.Value)))
        {
            return field.IsWhole ? step : Numeral.Of(step.Value);
        }

        string kind = field.IsWhole ? "a whole number" : "a finite number";
        string sign = direction switch
        {
            null or 0 => "other than 0",
            < 0 => "< 0 where from is above to",
            _ => isNumber && step.Value < 0 ? "> 0 where from is below to" : "> 0",
        };
        problems.Add(new RangeProblem("step", $"step must be {kind} {sign}, but was {Excerpt.Of(text)}"));
        return step;
    }

    private static long ReadCount(string text, ICollection<RangeProblem> problems)
    {
        if (Numeral.TryRead(text, out Numeral count) && count.Exact is >= 1 and <= MaximumCount && decimal.IsInteger(count.Exact.Value))
        {
            return (long)count.Exact.Value;
        }

        problems.Add(new RangeProblem("count", $"count must be a whole number from 1 to {MaximumCount}, but was {Excerpt.Of(text)}"));
        return 0;
    }

    private static bool ReadScale(RangeText text, ICollection<RangeProblem> problems)
    {
        if (text.Scale is not (null or "log" or "linear"))
        {
            problems.Add(new RangeProblem("scale", $"scale must be one of linear, log, but was {Excerpt.Of(text.Scale)}"));
        }
        else if (text is { Scale: "log", Step: not null })
        {
            problems.Add(new RangeProblem("scale", "scale: log needs a count instead of a step"));
        }

        return text.Scale == "log";
    }
}
