using System.Globalization;

namespace RnnSweep.Client.Reports.Drawing;

/// <summary>Round numbers between the ends of a scale.</summary>
internal static class Ticks
{
    // A tick at an end is one, whatever rounding made of it.
    private const double Slack = 1e-9;

    /// <summary>Multiples of 1, 2 or 5 times a power of ten: the finest that are no more than asked for.</summary>
    public static IReadOnlyList<Tick> Linear(double low, double high, int most)
    {
        double step = Step(high - low, most);
        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + Slack));
        bool isExtreme = step < 1e-3 || Math.Max(Math.Abs(low), Math.Abs(high)) >= 1e5;
        var ticks = new List<Tick>();
        for (double i = Math.Ceiling((low / step) - Slack); i <= (high / step) + Slack; i++)
        {
            ticks.Add(new Tick(i * step, Label(i * step, decimals, isExtreme)));
        }

        return ticks;
    }

    /// <summary>Powers of ten, and where there are few of them their multiples by 2 and 5.</summary>
    public static IReadOnlyList<Tick> Log(double low, double high)
    {
        double decades = Math.Log10(high / low);
        if (decades < 0.7)
        {
            return Linear(low, high, 6);
        }

        var ticks = new List<Tick>();
        int every = Math.Max(1, (int)(decades / 7));
        for (int exponent = (int)Math.Floor(Math.Log10(low)); exponent <= Math.Ceiling(Math.Log10(high)); exponent++)
        {
            foreach ((double factor, int rank) in new[] { (1.0, 0), (5.0, 1), (2.0, 2) })
            {
                double value = double.Parse(string.Create(CultureInfo.InvariantCulture, $"{factor}E{exponent}"), CultureInfo.InvariantCulture);
                bool isWanted = rank == 0 ? exponent % every == 0 : decades <= 3;
                if (isWanted && value >= low * (1 - Slack) && value <= high * (1 + Slack))
                {
                    ticks.Add(new Tick(value, Label(value, Math.Max(0, -exponent), exponent is < -4 or > 5), rank));
                }
            }
        }

        return [.. ticks.OrderBy(tick => tick.Value)];
    }

    /// <summary>0, and powers of ten on either side where the scale is logarithmic, with 3 times them where there are few.</summary>
    public static IReadOnlyList<Tick> SignedLog(double low, double high, double linear)
    {
        double largest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (largest <= 3 * linear)
        {
            return Linear(low, high, 6);
        }

        var ticks = new List<Tick> { new(0, "0", -1) };
        for (int exponent = (int)Math.Floor(Math.Log10(linear)); exponent <= Math.Log10(largest) + Slack; exponent++)
        {
            foreach ((double factor, int rank) in new[] { (1.0, 0), (3.0, 1) })
            {
                double value = factor * Math.Pow(10, exponent);
                if (value >= linear * (1 - Slack))
                {
                    Add(value, exponent, rank);
                    Add(-value, exponent, rank);
                }
            }
        }

        return [.. ticks.OrderBy(tick => tick.Value)];

        void Add(double value, int exponent, int rank)
        {
            if (value >= low - (Slack * largest) && value <= high + (Slack * largest))
            {
                ticks.Add(new Tick(value, Label(value, Math.Max(0, -exponent), exponent is < -3 or > 4), rank));
            }
        }
    }

    /// <summary>A number with a minus that is as wide as a plus.</summary>
    private static string Label(double value, int decimals, bool isExtreme)
    {
        value = value == 0 ? 0 : value; // no −0
        string text = isExtreme
            ? value == 0 ? "0" : value.ToString("0.##e0", CultureInfo.InvariantCulture)
            : Math.Round(value, Math.Min(decimals, 15)).ToString(decimals == 0 ? "0" : "0." + new string('0', Math.Min(decimals, 15)), CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

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
