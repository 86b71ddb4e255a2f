namespace RnnSweep.Client.Reports.Drawing;

/// <summary>A scale of a figure: the positions of values, and the ticks. Ends that overflow are clamped to the range of a double.</summary>
internal sealed class Scale
{
    private readonly Func<double, double> _transform;
    private readonly double _low, _high;

    private Scale(Func<double, double> transform, double low, double high, IReadOnlyList<Tick> ticks)
    {
        (_transform, Low, High, Ticks) = (transform, low, high, ticks);
        (_low, _high) = (transform(low), transform(high));
    }

    public double Low { get; }

    public double High { get; }

    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Whether its values are names rather than numbers.</summary>
    public bool AreNames { get; private init; }

    /// <summary>The absolute value up to which a scale with two signs is about linear, and from which it is logarithmic; NaN for other scales.</summary>
    public double LinearWithin { get; private init; } = double.NaN;

    /// <summary>A linear scale.</summary>
    public static Scale Linear(double low, double high, int mostTicks = 7)
    {
        (low, high) = Widened(low, high);

        // Quarters of doubles are exact, and the difference of two does not overflow.
        double factor = double.IsFinite(high - low) ? 1 : 0.25;
        return new Scale(value => value * factor, low, high, Drawing.Ticks.Linear(low, high, mostTicks));
    }

    /// <summary>A logarithmic scale; values of 0 and below lie at its low end.</summary>
    public static Scale Log(double low, double high)
    {
        (low, high) = low < high ? (low, high) : (low / 2, low * 2);
        (low, high) = (Math.Clamp(low, double.Epsilon, double.MaxValue / 2), Math.Clamp(high, 2 * double.Epsilon, double.MaxValue));
        return Math.Log(low) < Math.Log(high) ? new Scale(Math.Log, low, high, Drawing.Ticks.Log(low, high)) : Linear(low, high);
    }

    /// <summary>A scale that is linear near 0 and logarithmic on either side from about <paramref name="linear"/> on (an inverse hyperbolic sine).</summary>
    public static Scale SignedLog(double low, double high, double linear)
    {
        (low, high) = Widened(low, high);
        return SignedLog(low, linear) < SignedLog(high, linear)
            ? new Scale(value => SignedLog(value, linear), low, high, Drawing.Ticks.SignedLog(low, high, linear)) { LinearWithin = linear }
            : Linear(low, high);
    }

    /// <summary>asinh(value / linear), also where the quotient overflows: there it is ± ln(2 |value| / linear) to within rounding.</summary>
    public static double SignedLog(double value, double linear) => value / linear is var ratio && (double.IsFinite(ratio) || !double.IsFinite(value))
        ? Math.Asinh(ratio)
        : Math.Sign(value) * (Math.Log(2) + Math.Log(Math.Abs(value)) - Math.Log(linear));

    /// <summary>A scale of names, at the positions 0, 1, …</summary>
    public static Scale Names(IReadOnlyList<string> names) =>
        new(value => value, -0.5, names.Count - 0.5, [.. names.Select((name, place) => new Tick(place, name))]) { AreNames = true };

    /// <summary>The position of a value: 0 at the low end, 1 at the high end; infinities lie at the ends. Always finite.</summary>
    public double Fraction(double value)
    {
        double fraction = double.IsInfinity(value) ? value : (_transform(value) - _low) / (_high - _low);
        return double.IsFinite(fraction) ? fraction : fraction > 0 ? 1 : 0;
    }

    private static (double Low, double High) Widened(double low, double high)
    {
        (low, high) = (Math.Clamp(low, -double.MaxValue, double.MaxValue), Math.Clamp(high, -double.MaxValue, double.MaxValue));
        double room = low == 0 ? 1 : Math.Max(Math.Abs(low) / 2, double.Epsilon);
        return low < high ? (low, high) : (Math.Max(low - room, -double.MaxValue), Math.Min(low + room, double.MaxValue));
    }
}
