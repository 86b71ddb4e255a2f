using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Turns what is written for a field into its values.</summary>
internal sealed class SettingReader(IMatrixFiles matrices, ProblemList problems)
{
    private static readonly string[] s_parts = [.. RangeText.Parts, .. Locating.Parts];

    /// <summary>
    /// The field's values; null where something is wrong, which is then added to the problems. Relative paths are relative to the
    /// folder.
    /// </summary>
    public FieldSetting? Read(SweepField field, SweepNode node, string folder)
    {
        switch (node)
        {
            case ScalarNode scalar when field is NumericField numeric && RangeNotation.IsRange(scalar.Text):
                return RangeNotation.Read(scalar, problems) is { } parts ? ReadRange(numeric, parts) : null;
            case ScalarNode scalar when IsPattern(field, scalar):
                return ReadList(field, new ListNode(scalar.Place, [scalar]), folder) is { } files ? new FieldSetting(files, IsAxis: true) : null;
            case ScalarNode scalar when ReadValue(field, scalar, folder) is { } value:
                return new FieldSetting(new ListAxis(field, [value]), IsAxis: false);
            case ListNode list when field.CanBeAxis || field.Kind == FieldKind.Names:
                return ReadList(field, list, folder) is { } values ? new FieldSetting(values, field.CanBeAxis) : null;
            case MappingNode mapping when field is NumericField numeric:
                return ReadRange(numeric, mapping);
            case MappingNode mapping when field == SweepFields.Label:
                return LabelReader.Read(mapping, problems) is { } labels ? new FieldSetting(new ListAxis(field, [labels]), IsAxis: false) : null;
            case MappingNode mapping when field.Kind == FieldKind.AllOrCount:
                return ReadCount(field, mapping) is { } count ? new FieldSetting(new ListAxis(field, [count]), IsAxis: false) : null;
            case ListNode or MappingNode:
                problems.Add(node.Place, $"{field.Name} must be {field.Allowed}, but was {node.Kind}");
                return null;
            default:
                return null;
        }
    }

    private FieldValue? ReadValue(SweepField field, ScalarNode scalar, string folder, IReadOnlyDictionary<string, string>? names = null)
    {
        if (scalar.IsMissing)
        {
            problems.Add(scalar.Place, $"{field.Name} has no value; it must be {field.Allowed}");
            return null;
        }

        if (field is NumericField && scalar.IsQuoted && !field.IsPath(scalar.Text))
        {
            string was = $"the text \"{Excerpt.Of(scalar.Text)}\"; write it without quotes";
            problems.Add(scalar.Place, $"{field.Name} must be {field.Allowed}, but was {was}");
            return null;
        }

        if (field.IsPath(scalar.Text))
        {
            return ReadMatrix(field, scalar, folder, names);
        }

        if (!field.TryRead(scalar.Text, out FieldValue? value, out string? problem))
        {
            problems.Add(scalar.Place, field is NumericField ? problem + RangeNotation.Hint(scalar.Text) : problem);
        }

        return value;
    }

    private FieldValue? ReadCount(SweepField field, MappingNode mapping)
    {
        if (mapping.Entries is [{ Name: "count", Value: ScalarNode { IsQuoted: false } count }])
        {
            if (!field.TryRead(count.Text, out FieldValue? value, out string? problem))
            {
                problems.Add(count.Place, problem);
            }

            return value;
        }

        problems.Add(mapping.Place, $"{field.Name} must be {field.Allowed}, but these braces hold {(mapping.Entries.Count == 0 ? "nothing" : string.Join(", ", mapping.Entries.Select(entry => Excerpt.Of(entry.Name))))}");
        return null;
    }

    private MatrixValue? ReadMatrix(SweepField field, ScalarNode scalar, string folder, IReadOnlyDictionary<string, string>? names)
    {
        MatrixValue? value = null;
        if (!TryReadFile(field, scalar, folder, out MatrixFile? file, out string? problem)
            || !field.TryUse(names?.GetValueOrDefault(file.Path) ?? file.Name, file.Path, file.Matrix, file.Digest, out value, out problem, file.Contents))
        {
            problems.Add(scalar.Place, problem);
        }

        return value;
    }

    // MatrixFiles keeps what it has read, so calling this again does not read the file again.
    private bool TryReadFile(SweepField field, ScalarNode scalar, string folder, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem) =>
        matrices.TryRead(scalar.Text, folder, UseOf(field), out file, out problem);

    private static MatrixUse UseOf(SweepField field) =>
        field == SweepFields.Jacobians ? MatrixUse.Jacobians
        : field == SweepFields.Network ? MatrixUse.Network
        : field == SweepFields.Input ? MatrixUse.Sequences
        : field.Kind == FieldKind.ChoiceOrPath ? MatrixUse.RecurrentWeights
        : MatrixUse.Plain;

    private static bool IsPattern(SweepField field, SweepNode node) =>
        field.CanBeAxis && node is ScalarNode { IsMissing: false } scalar && field.IsPath(scalar.Text) && scalar.Text.Contains('*', StringComparison.Ordinal);

    /// <summary>The list with the files of a pattern in place of the pattern; null where there are none, which is then added to the problems.</summary>
    private ListNode? Expand(SweepField field, ListNode list, string folder)
    {
        var items = new List<SweepNode>(list.Items.Count);
        foreach (SweepNode item in list.Items)
        {
            if (!IsPattern(field, item))
            {
                items.Add(item);
                continue;
            }

            var pattern = (ScalarNode)item;
            if (!matrices.TryExpand(pattern.Text, folder, out IReadOnlyList<string>? paths, out string? problem))
            {
                problems.Add(item.Place, problem);
                return null;
            }

            items.AddRange(paths.Select(path => pattern with { Text = path }));
        }

        return list with { Items = [.. items] };
    }

    /// <summary>
    /// Distinct names, by path, for the matrices of a list that have the same name; the others keep theirs. Networks whose names differ in a number alone are called by the number.
    /// </summary>
    private Dictionary<string, string> Names(SweepField field, ListNode list, string folder)
    {
        var files = new List<MatrixFile>();
        foreach (ScalarNode scalar in list.Items.OfType<ScalarNode>().Where(scalar => !scalar.IsMissing && field.IsPath(scalar.Text)))
        {
            if (TryReadFile(field, scalar, folder, out MatrixFile? file, out _))
            {
                files.Add(file);
            }
        }

        KeyValuePair<string, string>[] names =
            [.. files.GroupBy(file => file.Name).SelectMany(same => MatrixNames.Distinguish([.. same.Select(file => file.Path).Distinct()], same.Key))];
        bool areNetworks = field == SweepFields.Network && files.Count == list.Items.Count;
        return areNetworks && NaturalOrder.Numbers([.. names.Select(name => name.Value)]) is { } numbers
            ? names.Zip(numbers, (name, number) => KeyValuePair.Create(name.Key, number)).ToDictionary()
            : names.ToDictionary();
    }

    private ListAxis? ReadList(SweepField field, ListNode written, string folder)
    {
        if (Expand(field, written, folder) is not { } list)
        {
            return null;
        }

        if (list.Items.Count == 0)
        {
            problems.Add(list.Place, $"the list of {field.Name} is empty; it needs at least one value");
            return null;
        }

        Dictionary<string, string> names = Names(field, list, folder);
        var places = new List<Place>(list.Items.Count);
        var values = ImmutableArray.CreateBuilder<FieldValue>(list.Items.Count);
        foreach (SweepNode item in list.Items)
        {
            if (item is not ScalarNode scalar)
            {
                problems.Add(item.Place, $"a list of {field.Name} holds plain values, but here is {item.Kind}");
            }
            else if (field is NumericField && RangeNotation.IsRange(scalar.Text))
            {
                problems.Add(item.Place, $"a list of {field.Name} holds plain values, but here is the range {Excerpt.Of(scalar.Text)}; write it without brackets");
            }
            else if (ReadValue(field, scalar, folder, names) is { } value)
            {
                places.Add(item.Place);
                values.Add(value);
            }

            if (problems.IsFull)
            {
                return null;
            }
        }

        bool repeated = false;
        foreach ((int index, string message) in ListAxis.Repeated(values))
        {
            problems.Add(places[index], $"{field.Name}: {message}");
            repeated = true;
        }

        if (field == SweepFields.Network && values.All(value => double.IsFinite(value.Number)))
        {
            values.Sort((one, other) => one.Number.CompareTo(other.Number)); // checkpoints in the order of training
        }

        return repeated || values.Count < list.Items.Count ? null : new ListAxis(field, values.ToImmutable());
    }

    private FieldSetting? ReadRange(NumericField field, MappingNode mapping)
    {
        var parts = new Dictionary<string, ScalarNode>();
        bool complete = true;
        foreach (MappingEntry entry in mapping.Entries)
        {
            string? wrong = null;
            if (!s_parts.Contains(entry.Name))
            {
                wrong = UnknownPart(entry.Name);
            }
            else if (entry.Value is MappingNode or ListNode)
            {
                wrong = $"{entry.Name} of a range must be a single value, but was {entry.Value.Kind}";
            }
            else if (entry.Value is ScalarNode { IsMissing: true })
            {
                wrong = $"{entry.Name} has no value";
            }
            else if (entry.Value is ScalarNode { IsQuoted: true } text && entry.Name is not ("scale" or "locate"))
            {
                wrong = $"{entry.Name} must be a number, but was the text \"{Excerpt.Of(text.Text)}\"; write it without quotes";
            }
            else if (entry.Value is ScalarNode value && !parts.TryAdd(entry.Name, value))
            {
                wrong = $"{entry.Name} is given twice";
            }

            if (wrong is not null)
            {
                problems.Add(entry.Place, wrong);
            }

            complete &= wrong is null && entry.Value is not null;
            if (problems.IsFull)
            {
                return null;
            }
        }

        if (!complete)
        {
            return null;
        }

        var found = new List<RangeProblem>();
        var range = new RangeText(Text("from"), Text("to"), Text("step"), Text("count"), Text("scale"));
        bool isSearch = Locating.Parts.Any(parts.ContainsKey);
        RangeAxis? axis = RangeAxis.Read(field, isSearch ? Locating.WithCount(field, range) : range, found);
        Locating? locating = isSearch && axis is not null ? Locating.Read(axis, Text("locate"), Text("to_within"), found) : null;
        foreach (RangeProblem problem in found)
        {
            problems.Add(problem.Part is { } part && parts.TryGetValue(part, out ScalarNode? node) ? node.Place : mapping.Place, Named(field, problem.Message));
        }

        return found.Count > 0 ? null : new FieldSetting(axis!, IsAxis: true) { Locating = locating };

        string? Text(string part) => parts.GetValueOrDefault(part)?.Text;
    }

    private static string UnknownPart(string name)
    {
        if (name.Split(':') is [var part, var value] && s_parts.Contains(part))
        {
            return $"a space is missing after the colon: {part}: {Excerpt.Of(value)}";
        }

        string? nearest = NearestName.Of(name, s_parts);
        string hint = nearest is null ? "" : $"; did you mean {nearest}?";
        return $"a range has no {Excerpt.Of(name)}, but one of {string.Join(", ", s_parts)}{hint}";
    }

    private static string Named(NumericField field, string message) =>
        message.StartsWith(field.Name, StringComparison.Ordinal) ? message : $"{field.Name}: {message}";
}
