using System.Globalization;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads a range written as one text: <c>from..to:step</c>, <c>from..to/count</c> or <c>log:from..to/count</c>. It means the same in a sweep file
/// and after <c>--set</c>.
/// </summary>
internal static class RangeNotation
{
    private const string Forms = "from..to:step, from..to/count or log:from..to/count";
    private const string Dots = "..", Log = "log:";

    /// <summary>Whether a value of a numeric field is meant as a range: no number has two dots in a row.</summary>
    public static bool IsRange(string text) => text.Contains(Dots, StringComparison.Ordinal) || IsLog(text);

    /// <summary>The parts of the range; null where the text is not of one of the forms, which is then added to the problems.</summary>
    public static MappingNode? Read(ScalarNode scalar, ProblemList problems)
    {
        string start = IsLog(scalar.Text) ? Log : "", range = scalar.Text[start.Length..].Trim();
        int dots = range.IndexOf(Dots, StringComparison.Ordinal);
        int mark = dots < 0 ? -1 : range.IndexOfAny([':', '/'], dots);
        string? wrong = dots < 0 ? NotOfForm(start, range, dots) : MoreDots(start, range, dots);
        if (wrong is null && mark < 0)
        {
            wrong = NotOfForm(start, range, dots);
        }
        else if (wrong is null && start == Log && range[mark] == ':')
        {
            wrong = $"a log range has a count, not a step: {Log}{Excerpt.Of(range[..mark])}/count";
        }

        if (wrong is not null)
        {
            problems.Add(scalar.Place, $"{wrong}, but was {Excerpt.Of(scalar.Text)}");
            return null;
        }

        var entries = new List<MappingEntry>
        {
            Part("from", range[..dots]),
            Part("to", range[(dots + Dots.Length)..mark]),
            Part(range[mark] == ':' ? "step" : "count", range[(mark + 1)..]),
        };
        if (start == Log)
        {
            entries.Add(Part("scale", "log"));
        }

        return new MappingNode(scalar.Place, entries);

        MappingEntry Part(string name, string value) => new(name, scalar.Place, new ScalarNode(scalar.Place, value.Trim(), IsQuoted: false));
    }

    /// <summary>A suggestion to append to the message about a value that is not a number; empty where there is none.</summary>
    public static string Hint(string text)
    {
        if (text.Split(',') is { Length: > 1 } items && items.All(IsNumber))
        {
            bool isDecimal = items.Length == 2 && items[1].All(char.IsAsciiDigit);
            return $"; a list is written [{string.Join(", ", items.Select(item => item.Trim()))}]{(isDecimal ? $", a decimal number {items[0]}.{items[1]}" : "")}";
        }

        return text.Split(':', '/') is { Length: 2 or 3 } parts && parts.All(IsNumber)
            ? $"; a range is written {Forms}"
            : "";
    }

    private static bool IsLog(string text) => text.StartsWith(Log, StringComparison.Ordinal);

    // Three dots are ambiguous: 0...1:0.5 could be 0 to 1 or 0 to .1, and 1...2:1 could begin with 1. as well.
    private static string? MoreDots(string start, string range, int dots)
    {
        string rest = range[(dots + Dots.Length)..].TrimStart('.');
        int count = range.Length - dots - rest.Length;
        if (count == Dots.Length)
        {
            return null;
        }

        string forms = Forms;
        if (rest.Split(':', '/')[0] is var end && IsNumber(range[..dots]) && IsNumber(end))
        {
            string other = char.IsAsciiDigit(end[0]) ? $" or {start}{range[..dots]}{Dots}0.{rest}" : "";
            forms = $"{start}{range[..dots]}{Dots}{rest}{other}";
        }

        return $"a range has two dots between its ends, not {count}: {forms}";
    }

    // Shows the same numbers in the allowed forms.
    private static string NotOfForm(string start, string range, int dots)
    {
        string[] parts = dots < 0 ? range.Split('/', ':') : [range[..dots], range[(dots + Dots.Length)..]];
        if (parts.Length is not (2 or 3) || !parts.All(IsNumber))
        {
            return $"a range must be {Forms}";
        }

        string ends = $"{start}{parts[0].Trim()}{Dots}{parts[1].Trim()}";
        string count = parts.Length == 3 ? parts[2].Trim() : "count";
        return $"a range must be {(start == Log ? "" : $"{ends}:step or ")}{ends}/{count}";
    }

    private static bool IsNumber(string text) => text.Length < 30 && double.TryParse(text, NumberStyles.Float, null, out _);
}
