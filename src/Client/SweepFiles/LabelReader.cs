using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads the labels of axes: fields in braces, each with a text.</summary>
internal static class LabelReader
{
    /// <summary>The labels; null where something is wrong, which is then added to the problems.</summary>
    public static LabelsValue? Read(MappingNode mapping, ProblemList problems)
    {
        var labels = new List<(SweepField, string)>();
        bool isComplete = true;
        foreach (MappingEntry entry in mapping.Entries)
        {
            SweepField? field = SweepFields.Find(entry.Name);
            LabelsValue? label = field is { CanBeAxis: true } && entry.Value is ScalarNode { IsMissing: false } text ? LabelsValue.Of([(field, text.Text)]) : null;
            if (label is not null && !labels.Exists(other => other.Item1 == field))
            {
                labels.Add(label.Labels[0]);
                continue;
            }

            isComplete = false;
            if (entry.Value is not null)
            {
                problems.Add(entry.Place, field is null ? UnknownField.Message(entry.Name)
                    : !field.CanBeAxis ? $"{field.Name} cannot be an axis, so it has no label"
                    : label is not null ? $"the label of {field.Name} is given twice"
                    : $"label must be {SweepFields.Label.Allowed}, but that of {field.Name} was {(entry.Value is ScalarNode { IsMissing: false } was ? Excerpt.Of(was.Text) : "not a text")}");
            }
        }

        if (mapping.Entries.Count == 0)
        {
            problems.Add(mapping.Place, $"label must be {SweepFields.Label.Allowed}, but these braces hold nothing");
        }

        return isComplete && labels.Count > 0 ? LabelsValue.Of(labels) : null;
    }
}
