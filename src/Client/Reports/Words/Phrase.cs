using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Formats numbers and lists for sentences.</summary>
internal static class Phrase
{
    // The most runs of neighbouring values that are listed.
    private const int MostRuns = 5;

    /// <summary>A number in some significant digits, with an exponent only where it is very large or very small, and with the minus sign U+2212.</summary>
    public static string Number(double value, int digits = 3)
    {
        double rounded = CanonicalText.Rounded(value, digits);
        return (Math.Abs(rounded) is 0 or (>= 1e-4 and < 1e6)
            ? (rounded == 0 ? 0 : rounded).ToString("0.##########")
            : double.IsInfinity(rounded) && double.IsFinite(value) ? value.ToString($"0.{new string('#', digits - 1)}e0")
            : rounded.ToString("0.#####e0")).Replace('-', '−').Replace("Infinity", "∞", StringComparison.Ordinal);
    }

    /// <summary>A value rounded to the second digit of its error; in four digits where the error is not known or is 0.</summary>
    public static string WithErrorDigits(double value, double error)
    {
        if (!(error > 0 && double.IsFinite(error)))
        {
            return Number(value, 4);
        }

        // Fixed-point format would print all digits of a number this large, more than its error supports.
        if (Math.Abs(value) >= 1e15)
        {
            return Number(value, (int)Math.Clamp(2 + Math.Floor(Math.Log10(Math.Abs(value))) - Math.Floor(Math.Log10(error)), 1, 15));
        }

        int decimals = Math.Clamp(1 - (int)Math.Floor(Math.Log10(error)), 0, 12);
        return value.ToString(decimals == 0 ? "0" : "0." + new string('0', decimals)).Replace('-', '−');
    }

    /// <summary>A sentence with its first letter in upper case. A Greek letter is a symbol, and is kept; so is the name of a column or field: <c>omega = 1 at …</c>.</summary>
    public static string Capitalised(string text)
    {
        string[] words = text.Split(' ', 3);
        bool isName = words[0].Contains('_', StringComparison.Ordinal) || (words.Length > 1 && words[1] == "=");
        return text.Length > 0 && char.IsAsciiLetter(text[0]) && !isName ? char.ToUpperInvariant(text[0]) + text[1..] : text;
    }

    /// <summary>A number of things: <c>1 cell</c>, <c>2 cells</c>.</summary>
    public static string Count(long count, string thing) => $"{count} {thing}{(count == 1 ? "" : "s")}";

    /// <summary><c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}";

    /// <summary>
    /// Values of an axis in words, runs of neighbours joined: <c>at ρ = 0.5 to 0.9 and 1.4</c>, <c>with activation tanh and relu</c>, <c>at every ρ</c>. Many
    /// runs are summarised by the number of values and their range.
    /// </summary>
    public static string Places(ReportAxis axis, IReadOnlyList<int> places)
    {
        if (places.Count == axis.Count && places.Count > 1)
        {
            return axis.IsNumeric ? $"at every {axis.ShortName}" : $"with every value of {axis.ShortName}";
        }

        if (!axis.IsNumeric)
        {
            return $"with {axis.ShortName} {List([.. places.Select(axis.Shown)])}";
        }

        var runs = new List<string>();
        for (int i = 0; i < places.Count;)
        {
            int end = i;
            while (end + 1 < places.Count && places[end + 1] == places[end] + 1)
            {
                end++;
            }

            runs.AddRange(end > i + 1 ? [$"{axis.Shown(places[i])} to {axis.Shown(places[end])}"] : places.Skip(i).Take(end - i + 1).Select(axis.Shown));
            i = end + 1;
        }

        return runs.Count <= MostRuns
            ? $"at {axis.ShortName} = {List(runs)}"
            : $"at {places.Count} of {axis.Count} values of {axis.ShortName} from {axis.Shown(places[0])} to {axis.Shown(places[^1])}";
    }

    /// <summary>A title before a sentence, where there is one.</summary>
    public static string Titled(string title, string sentence) => title.Length == 0 ? sentence : $"{title}: {sentence}";
}
