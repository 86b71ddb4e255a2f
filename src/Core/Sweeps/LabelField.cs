using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>What axes are called in the report, where the sweep gives a field another meaning: a spectral radius that is the scale σ_w of the weights. It is not part of a cell.</summary>
internal sealed class LabelField()
    : SweepField("label", FieldKind.Text, "(none)", "names of axes in the report: { spectral_radius: g }", FieldEffects.None)
{
    private const int Longest = 40;

    public override string Allowed => $"fields in braces, each with a label of 1 to {Longest} characters: {{ spectral_radius: g }}";

    public override string? Text(CellSpec spec) => null;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => spec;

    /// <summary>Whether a text can be a label.</summary>
    internal static bool IsLabel(string text) => text.Trim().Length is >= 1 and <= Longest && !text.Any(char.IsControl);

    // Labels are read from braces, not from a text.
    private protected override FieldValue? Read(string text) => null;
}

/// <summary>The labels of some fields. Two values are equal if and only if their texts are.</summary>
public sealed class LabelsValue : FieldValue
{
    private LabelsValue(ImmutableArray<(SweepField Field, string Label)> labels)
        : base(SweepFields.Label, string.Join(", ", labels.Select(pair => $"{pair.Field.Name}: {pair.Label}"))) => Labels = labels;

    /// <summary>The fields with their labels, in their order.</summary>
    public ImmutableArray<(SweepField Field, string Label)> Labels { get; }

    /// <summary>The labels as a value of the field; null where a text cannot be a label, a field cannot be an axis, or none is given.</summary>
    public static LabelsValue? Of(IEnumerable<(SweepField Field, string Label)> labels)
    {
        ImmutableArray<(SweepField Field, string Label)> all = [.. labels.Select(pair => (pair.Field, pair.Label.Trim()))];
        return all.Length > 0 && all.All(pair => pair.Field.CanBeAxis && LabelField.IsLabel(pair.Item2)) ? new LabelsValue(all) : null;
    }
}
