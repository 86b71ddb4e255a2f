using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads <c>--set field=VALUE</c>, where VALUE is a value, a list <c>a,b,c</c>, in brackets or not, or for numbers a range in either of the
/// notations of a sweep file: <c>from..to:step</c> (<see cref="RangeNotation"/>) or <c>{from: 0, to: 1, step: 0.1}</c>.
/// <c>default</c> unsets a field of the file.
/// </summary>
internal static class SetOption
{
    /// <summary>The field and its value; null where something is wrong, which is then added to the problems.</summary>
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
        {
            return Value(field, option[(equals + 1)..].Trim(), place, problems) is { } node ? (field, node) : null;
        }

        problems.Add(place, UnknownField.Message(name));
        return null;
    }

    private static SweepNode? Value(SweepField field, string text, Place place, ProblemList problems)
    {
        if (text == "default" && (field.Kind != FieldKind.Text || field == SweepFields.Label))
        {
            return new UnsetNode(place);
        }

        if (field == SweepFields.Label && text.StartsWith('{'))
        {
            return YamlDocument.ReadValue(text, place, problems);
        }

        // Paths may contain commas and dots, so they are not split into a list.
        if (field.Kind is FieldKind.Path or FieldKind.Text)
        {
            return new ScalarNode(place, text, IsQuoted: true);
        }

        if (text.StartsWith('[') && text.EndsWith(']'))
        {
            return List(text[1..^1], place);
        }

        if (field is NumericField && text.StartsWith('{'))
        {
            return YamlDocument.ReadValue(text, place, problems);
        }

        bool isList = text.Contains(',', StringComparison.Ordinal) && !(field is NumericField && RangeNotation.IsRange(text)) && field.Kind != FieldKind.AllOrCount;
        return isList ? List(text, place) : new ScalarNode(place, text, IsQuoted: false);
    }

    private static ListNode List(string items, Place place) => new(place, [.. items.Split(',').Select(item => new ScalarNode(place, item.Trim(), IsQuoted: false))]);
}
