using System.Globalization;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Numbers and lists as sentences have them.</summary>
internal static class Phrase
{
    public static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number in so many significant digits, its minus as wide as a plus.</summary>
    public static string Number(double value, int digits = 3) =>
        value.ToString($"G{digits}", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal).Replace('-', '−');

    /// <summary>A value in the digits that its error leaves; in four, where that is not known or is 0.</summary>
    public static string Resolved(double value, double error)
    {
        if (!(error > 0 && double.IsFinite(error)))
        {
            return Number(value, 4);
        }

        int decimals = Math.Clamp(1 - (int)Math.Floor(Math.Log10(error)), 0, 12);
        return value.ToString(decimals == 0 ? "0" : "0." + new string('0', decimals), CultureInfo.InvariantCulture).Replace('-', '−');
    }

    /// <summary>A sentence from a capital on; a Greek letter is a symbol, and stays.</summary>
    public static string Begun(string text) => text.Length > 0 && char.IsAsciiLetter(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;

    /// <summary>A number of things: <c>1 cell</c>, <c>2 cells</c>.</summary>
    public static string Count(long count, string thing) => Of($"{count} {thing}{(count == 1 ? "" : "s")}");

    /// <summary><c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}";

    /// <summary>The places of an axis in words, neighbours together: <c>ρ = 0.5 to 0.9, 1.4</c>.</summary>
    public static string Places(ReportAxis axis, IReadOnlyList<int> places)
    {
        var runs = new List<string>();
        for (int i = 0; i < places.Count;)
        {
            int end = i;
            while (end + 1 < places.Count && places[end + 1] == places[end] + 1)
            {
                end++;
            }

            string first = axis.Shown(places[i]), last = axis.Shown(places[end]);
            runs.Add(end == i ? first : end == i + 1 || !axis.IsNumeric ? string.Join(", ", places.Skip(i).Take(end - i + 1).Select(axis.Shown)) : $"{first} to {last}");
            i = end + 1;
        }

        return $"{axis.ShortName}{(axis.IsNumeric ? " =" : "")} {string.Join(", ", runs)}";
    }

    /// <summary>A title before a sentence, where there is one.</summary>
    public static string Titled(string title, string sentence) => title.Length == 0 ? sentence : $"{title}: {sentence}";
}
