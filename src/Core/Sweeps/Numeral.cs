using System.Globalization;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>A number as written: the nearest double, and the exact decimal if one exists.</summary>
/// <param name="Value">The nearest double; ±∞ beyond its range.</param>
/// <param name="Exact">
/// The number as a decimal, in which ranges are computed; null where a decimal cannot hold it, or its sums and products might overflow.
/// </param>
internal readonly record struct Numeral(double Value, decimal? Exact)
{
    // With ends up to this limit, (to − from) · 10⁷ is still a decimal.
    private const decimal LargestExact = 1e20m;

    /// <summary>Whether the text is written like a number, including infinity and NaN.</summary>
    public static bool TryRead(string text, out Numeral numeral)
    {
        bool isFinite = IsFinite(text);
        numeral = isFinite ? Of(double.Parse(text), text) : new Numeral(double.NaN, null);
        return isFinite || IsNonFinite(text);
    }

    /// <summary>The numeral of a finite double's canonical text.</summary>
    public static Numeral Of(double value) => Of(value, CanonicalText.Of(value));

    /// <summary>The double nearest to a decimal. The language's own conversion can be wrong by one unit in the last place.</summary>
    public static double Nearest(decimal value) =>
        double.Parse(value.ToString());

    /// <summary>Rounds to 15 significant digits, on which any two correct ways to compute a number agree.</summary>
    public static double Rounded(double value) => CanonicalText.Rounded(value, 15);

    /// <summary>A number as mantissa · 10^exponent, with the mantissa from 1 to below 10.</summary>
    public static (double Mantissa, int Exponent) Scientific(double value)
    {
        string[] parts = value.ToString("E16").Split('E');
        return (double.Parse(parts[0]), int.Parse(parts[1]));
    }

    private static Numeral Of(double value, string text) =>
        decimal.TryParse(text, NumberStyles.Float, null, out decimal exact)
        && Math.Abs(exact) <= LargestExact
        && Nearest(exact) == value
            ? new Numeral(value, exact)
            : new Numeral(value, null);

    // An optional sign, digits with or without a point, and an optional exponent, as in YAML. Not a regular expression, because every start reads
    // some numbers, and the first regular expression takes milliseconds.
    private static bool IsFinite(ReadOnlySpan<char> text)
    {
        text = AfterSign(text);
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
        {
            return text.Length > 0;
        }

        bool hasDigits = digits > 0;
        text = text[digits..];
        if (text[0] == '.')
        {
            text = text[1..];
            int decimals = text.IndexOfAnyExceptInRange('0', '9');
            hasDigits |= decimals != 0 && text.Length > 0;
            text = decimals < 0 ? [] : text[decimals..];
        }

        if (!hasDigits || text.Length == 0)
        {
            return hasDigits;
        }

        ReadOnlySpan<char> exponent = AfterSign(text[1..]);
        return text[0] is 'e' or 'E' && exponent.Length > 0 && !exponent.ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsNonFinite(ReadOnlySpan<char> text)
    {
        text = AfterSign(text);
        text = text is ['.', ..] ? text[1..] : text;
        return text.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || text.Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || text.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> AfterSign(ReadOnlySpan<char> text) => text is ['+' or '-', ..] ? text[1..] : text;
}
