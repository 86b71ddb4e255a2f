using System.Text;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Writes a sweep with all of its fields: reading the text from any folder gives the same cells in the same order.</summary>
internal static class SweepFileWriter
{
    /// <summary>The sweep as a sweep file: the fields given, in their order, then all others with their values.</summary>
    public static string Write(ResolvedSweep sweep)
    {
        var text = new StringBuilder();
        foreach (FieldSetting setting in sweep.Settings)
        {
            Line(text, setting.Field, Value(setting, matrix => matrix.Path));
        }

        SweepField[] others = [.. SweepFields.All.Except(sweep.Settings.Select(setting => setting.Field))];
        if (others.Length > 0)
        {
            text.Append("# Not given, so these hold:\n");
        }

        foreach (SweepField field in others)
        {
            // There is no value where there is no input file, or where a number follows a varied hidden size.
            if (DefaultText(sweep, field) is { } value)
            {
                Line(text, field, value);
            }
            else
            {
                text.Append("# ").Append(field.Name).Append(": ").Append(IsOfNetwork(sweep, field) ? "(network)" : field.Default).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// The sweep file that is submitted to a cluster: the sweep's name and the fields given, in their order. It names matrices by digest and by their name in the tables, not by path:
    /// the same sweep has the same text wherever its files are. The digest of sequences is followed by their number.
    /// </summary>
    public static string WriteSubmitted(ResolvedSweep sweep)
    {
        var text = new StringBuilder();
        Line(text, SweepFields.Name, Plain(sweep.Name));
        foreach (FieldSetting setting in sweep.Settings.Where(setting => setting.Field != SweepFields.Name))
        {
            Line(text, setting.Field, Value(setting, SubmittedPath));
        }

        return text.ToString();
    }

    // Checkpoints are called by a number, which gets the ending of a path again.
    private static string SubmittedPath(MatrixValue matrix)
    {
        string sequences = matrix.Contents.Sequences > 0 ? $":{matrix.Contents.Sequences}" : "", ending = double.IsNaN(matrix.Number) ? "" : ".safetensors";
        string shape = matrix.Contents.Jacobians is { } tensor ? $"{string.Join('x', tensor.Shape)}/" : "";
        return $"{matrix.Digest}{sequences}/{shape}{matrix.Text}{ending}";
    }

    private static string? DefaultText(ResolvedSweep sweep, SweepField field)
    {
        if (field == SweepFields.Name)
        {
            return Plain(sweep.Name);
        }

        CellSpec cell = sweep.Plan.Fixed;
        return SweepFields.FollowsOther(field, cell) || IsOfNetwork(sweep, field) ? null : field.Text(cell);
    }

    // Networks of a list may have different sizes.
    private static bool IsOfNetwork(ResolvedSweep sweep, SweepField field) =>
        (field == SweepFields.HiddenSize || field == SweepFields.InputSize) && sweep.Plan.Fixed.NetworkDigest is not null;

    private static string Value(FieldSetting setting, Func<MatrixValue, string> path) => setting.Values switch
    {
        RangeAxis { Range: var range } => Range(range, setting.Locating),
        ListAxis list when setting.IsAxis || setting.Field.Kind == FieldKind.Names => $"[{string.Join(", ", list.Values.Select(value => Scalar(value, path)))}]",
        var axis => Scalar(axis.Value(0), path),
    };

    private static string Range(RangeText range, Locating? locating)
    {
        IEnumerable<string> parts = new[] { range.From, range.To, range.Step, range.Count, range.Scale, locating?.Text, locating is null ? null : CanonicalText.Of(locating.Width) }
            .Zip([.. RangeText.Parts, .. Locating.Parts], (value, part) => value is null ? "" : $"{part}: {value}")
            .Where(part => part.Length > 0);
        return $"{{ {string.Join(", ", parts)} }}";
    }

    private static string Scalar(FieldValue value, Func<MatrixValue, string> path) =>
        value is MatrixValue matrix ? Quoted(path(matrix))
        : value is LabelsValue labels ? $"{{ {string.Join(", ", labels.Labels.Select(pair => $"{pair.Field.Name}: {Quoted(pair.Label)}"))} }}"
        : value.Field == SweepFields.Description ? Quoted(value.Text) : Plain(value.Text);

    // Among valid names, YAML reads only these as a missing value.
    private static string Plain(string text) => text is "null" or "Null" or "NULL" ? Quoted(text) : text;

    /// <summary>A text in quotes, as YAML and JSON read it.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff')
            {
                quoted.Append($"\\u{(int)c:x4}");
            }
            else
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('"').ToString();
    }

    private static void Line(StringBuilder text, SweepField field, string value) =>
        text.Append(field.Name).Append(": ").Append(value).Append('\n');
}
