namespace RnnSweep.Client.Reports.Drawing;

/// <summary>Round numbers between the finite ends of a scale; their number is bounded.</summary>
internal static class Ticks
{
    // A relative tolerance, so that rounding does not drop a tick at an end.
    private const double Slack = 1e-9;

    // Decimal exponents of finite doubles that are not 0.
    private const int LeastExponent = -324, MostExponent = 308;

    // The most digits of a double that a custom format of .NET prints; closer ticks would have equal labels.
    private const int MostDigits = 15;

    /// <summary>Multiples of 1, 2 or 5 times a power of ten, about as many as asked for; the two ends where doubles are too coarse for the step.</summary>
    public static IReadOnlyList<Tick> Linear(double low, double high, int most)
    {
        double step = double.IsFinite(high - low) ? Step(high - low, most) : 2 * Step((high / 2) - (low / 2), most);
        double largest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (!double.IsNormal(step) || step < largest * Math.Pow(10, 1 - MostDigits))
        {
            return Ends(low, high);
        }

        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + Slack));
        int digits = (int)Math.Floor(Math.Log10(largest)) - (int)Math.Floor(Math.Log10(step) + Slack);
        bool isExtreme = (step < 1e-3 && (digits <= 2 || largest < 1e-3)) || largest >= 1e5;

        // Both quotients are below 1e15, so they are exact.
        long first = (long)Math.Ceiling((low / step) - Slack), last = (long)Math.Floor((high / step) + Slack);
        var ticks = new List<Tick>();
        for (long i = first; i <= last; i++)
        {
            if (double.IsFinite(i * step))
            {
                ticks.Add(new Tick(Math.Clamp(i * step, low, high), Label(i * step, decimals, isExtreme, digits)));
            }
        }

        return ticks;
    }

    /// <summary>Powers of ten and, over at most three decades, their multiples by 2 and 5. Both ends must be above 0.</summary>
    public static IReadOnlyList<Tick> Log(double low, double high)
    {
        double decades = double.IsFinite(high / low) ? Math.Log10(high / low) : Math.Log10(high) - Math.Log10(low);
        if (decades < 0.7)
        {
            return Linear(low, high, 6);
        }

        var ticks = new List<Tick>();
        int every = Math.Max(1, (int)(decades / 7));
        for (int exponent = Exponent(Math.Floor(Math.Log10(low))), last = Exponent(Math.Ceiling(Math.Log10(high))); exponent <= last; exponent++)
        {
            foreach ((double factor, int rank) in new[] { (1.0, 0), (5.0, 1), (2.0, 2) })
            {
                double value = factor * Math.Pow(10, exponent);
                bool isWanted = rank == 0 ? exponent % every == 0 : decades <= 3;
                if (isWanted && double.IsFinite(value) && value > 0 && value >= low * (1 - Slack) && value <= high * (1 + Slack))
                {
                    ticks.Add(new Tick(value, Label(value, Math.Max(0, -exponent), exponent is < -4 or > 5), rank));
                }
            }
        }

        return [.. ticks.OrderBy(tick => tick.Value)];
    }

    /// <summary>0, and on either side powers of ten and 3 times them (of higher rank), where the scale is logarithmic.</summary>
    public static IReadOnlyList<Tick> SignedLog(double low, double high, double linear)
    {
        double largest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (largest <= 3 * linear)
        {
            return Linear(low, high, 6);
        }

        // The tolerance is relative to each end, because the other may be many powers of ten larger.
        double least = low - (Slack * Math.Abs(low)), most = high + (Slack * Math.Abs(high));
        var ticks = new List<Tick>();
        if (least <= 0 && most >= 0)
        {
            ticks.Add(new Tick(0, "0", -1));
        }

        for (int exponent = Exponent(Math.Floor(Math.Log10(linear))), last = Exponent(Math.Floor(Math.Log10(largest) + Slack)); exponent <= last; exponent++)
        {
            foreach ((double factor, int rank) in new[] { (1.0, 0), (3.0, 1) })
            {
                double value = factor * Math.Pow(10, exponent);
                if (value >= linear * (1 - Slack) && double.IsFinite(value))
                {
                    Add(value, exponent, rank);
                    Add(-value, exponent, rank);
                }
            }
        }

        return [.. ticks.OrderBy(tick => tick.Value)];

        void Add(double value, int exponent, int rank)
        {
            if (value >= least && value <= most)
            {
                ticks.Add(new Tick(value, Label(value, Math.Max(0, -exponent), exponent is < -3 or > 4), rank));
            }
        }
    }

    private static int Exponent(double exponent) => (int)Math.Clamp(exponent, LeastExponent, MostExponent);

    private static IReadOnlyList<Tick> Ends(double low, double high) =>
        [.. new[] { low, high }.Where(double.IsFinite).Distinct().Select(end => new Tick(end, WithMinus(ReportAxis.Plain(end.ToString("R")))))];

    // digits: number of digits after the first one up to that of the step.
    private static string Label(double value, int decimals, bool isExtreme, int digits = 2)
    {
        value = value == 0 ? 0 : value; // −0 becomes 0
        return WithMinus(isExtreme
            ? value == 0 ? "0" : value.ToString($"0.{new string('#', Math.Clamp(digits, 2, MostDigits - 1))}e0")
            : Math.Round(value, Math.Min(decimals, 15)).ToString(decimals == 0 ? "0" : "0." + new string('0', Math.Min(decimals, 15))));
    }

    // The minus sign U+2212 is as wide as a plus.
    private static string WithMinus(string number) => number.Replace('-', '−');

    private static double Step(double range, int most)
    {
        double rough = range / Math.Max(1, most);
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        foreach (double factor in new[] { 1.0, 2, 5 })
        {
            if (factor * power >= rough * (1 - Slack))
            {
                return factor * power;
            }
        }

        return 10 * power;
    }
}
