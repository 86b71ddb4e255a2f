using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads <c>--set field=VALUE</c>, where VALUE is a value, a list <c>a,b,c</c>, in brackets or not, or for numbers a range <c>from..to:step</c>,
/// <c>from..to/count</c> or <c>log:from..to/count</c>.
/// </summary>
internal static class SetOption
{
    private const string Ranges = "from..to:step, from..to/count or log:from..to/count";

    /// <summary>The field and what is set, or null where something is wrong, which is then added to the problems.</summary>
    public static (SweepField Field, SweepNode Node)? Read(string option, int rank, ProblemList problems)
    {
        var place = new Place($"--set {Excerpt.Of(option)}", Column: rank);
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            problems.Add(place, "must be of the form field=value");
            return null;
        }

        string name = option[..equals].Trim();
        if (SweepFields.Find(name) is { } field)
            return Value(field, option[(equals + 1)..].Trim(), place, problems) is { } node ? (field, node) : null;

        problems.Add(place, UnknownField.Message(name));
        return null;
    }

    private static SweepNode? Value(SweepField field, string text, Place place, ProblemList problems)
    {
        // Paths may hold commas and dots; only weights can name several.
        if (field.Kind is FieldKind.Path or FieldKind.Text)
            return new ScalarNode(place, text, IsQuoted: true);
        if (text.StartsWith('[') && text.EndsWith(']'))
            return List(text[1..^1], place);
        if (field is NumericField && (text.Contains("..", StringComparison.Ordinal) || text.StartsWith("log:", StringComparison.Ordinal)))
            return Range(text, place, problems);
        return text.Contains(',', StringComparison.Ordinal) ? List(text, place) : new ScalarNode(place, text, IsQuoted: false);
    }

    private static ListNode List(string items, Place place) => new(place, [.. items.Split(',').Select(item => new ScalarNode(place, item.Trim(), IsQuoted: false))]);

    private static MappingNode? Range(string text, Place place, ProblemList problems)
    {
        bool log = text.StartsWith("log:", StringComparison.Ordinal);
        string range = log ? text[4..] : text;
        int dots = range.IndexOf("..", StringComparison.Ordinal);
        int mark = dots < 0 ? -1 : range.IndexOfAny([':', '/'], dots);
        if (mark < 0)
        {
            problems.Add(place, $"a range must be {Ranges}");
            return null;
        }

        var entries = new List<MappingEntry>
        {
            Part("from", range[..dots]),
            Part("to", range[(dots + 2)..mark]),
            Part(range[mark] == ':' ? "step" : "count", range[(mark + 1)..]),
        };
        if (log)
            entries.Add(Part("scale", "log"));
        return new MappingNode(place, entries);

        MappingEntry Part(string name, string value) => new(name, place, new ScalarNode(place, value.Trim(), IsQuoted: false));
    }
}
