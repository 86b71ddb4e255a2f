using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>A number as written: the nearest double, and the exact decimal where there is one.</summary>
/// <param name="Value">The nearest double; ±∞ beyond its range.</param>
/// <param name="Exact">
/// The number as a decimal, which ranges are computed in; null where a decimal does not hold it or its sums and products might overflow.
/// </param>
internal readonly partial record struct Numeral(double Value, decimal? Exact)
{
    // With ends up to this, (to − from) · 10⁷ still is a decimal.
    private const decimal LargestExact = 1e20m;

    /// <summary>Whether the text is written like a number, infinite and undefined ones included.</summary>
    public static bool TryRead(string text, out Numeral numeral)
    {
        bool isFinite = Finite().IsMatch(text);
        numeral = isFinite ? Of(double.Parse(text, CultureInfo.InvariantCulture), text) : new Numeral(double.NaN, null);
        return isFinite || NonFinite().IsMatch(text);
    }

    /// <summary>The numeral of a finite double's canonical text.</summary>
    public static Numeral Of(double value) => Of(value, CanonicalText.Of(value));

    /// <summary>The double nearest to a decimal; the language's own conversion can be one unit in the last place off.</summary>
    public static double Nearest(decimal value) =>
        double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Rounded to 15 significant digits: what any two correct ways to compute a number agree on.</summary>
    public static double Rounded(double value) =>
        double.Parse(value.ToString("E14", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static Numeral Of(double value, string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)
        && Math.Abs(exact) <= LargestExact
        && Nearest(exact) == value
            ? new Numeral(value, exact)
            : new Numeral(value, null);

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Finite();

    [GeneratedRegex(@"^[-+]?\.?(inf|infinity|nan)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NonFinite();
}
