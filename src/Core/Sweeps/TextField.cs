using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>The sweep's name. It names the run's folder and is not part of a cell.</summary>
internal sealed class NameField()
    : SweepField("name", FieldKind.Text, "(the file's name)", "name of the sweep and of its run's folder", FieldEffects.None)
{
    public override string Allowed => "1 to 100 letters (a–z), digits, -, _ or . with no . or - in front";

    public override string? Text(CellSpec spec) => null;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => spec;

    private protected override FieldValue? Read(string text) =>
        text.Length is >= 1 and <= 100 && text[0] is not ('-' or '.') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? new FieldValue(this, text)
            : null;
}

/// <summary>What the sweep is for. It stands in the report and is not part of a cell.</summary>
internal sealed class DescriptionField()
    : SweepField("description", FieldKind.Text, "(none)", "what the sweep is for, a text shown in the report", FieldEffects.None)
{
    private const int Longest = 2000;

    public override string Allowed => $"1 to {Longest} characters of text";

    public override string? Text(CellSpec spec) => null;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => spec;

    // Line breaks of a block in YAML become spaces: it is a paragraph.
    private protected override FieldValue? Read(string text) =>
        string.Join(' ', text.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 and <= Longest } paragraph && !paragraph.Any(char.IsControl)
            ? new FieldValue(this, paragraph)
            : null;
}

/// <summary>The statistics that are measured, one value per name.</summary>
internal sealed class StatisticsField()
    : SweepField("statistics", FieldKind.Names, "[norms]", "list of what is measured: norms; spectrum, lags, gradient (each with the norms); leading; activity", FieldEffects.Readings)
{
    public override string Allowed => "a list of " + string.Join(", ", Choices);

    public override IEnumerable<string> Choices => StatisticsNames.All;

    public override string? Text(CellSpec spec) => $"[{StatisticsNames.Of(spec)}]";

    internal override CellSpec Set(CellSpec spec, FieldValue value) => StatisticsNames.Add(spec, [value.Text]);

    // Leading alone measures no norms, so the names count together.
    internal override CellSpec SetAll(CellSpec spec, IEnumerable<FieldValue> values) => StatisticsNames.Add(spec, values.Select(value => value.Text));

    private protected override FieldValue? Read(string text) => Choices.Contains(text) ? new FieldValue(this, text) : null;
}

/// <summary>The lags at which a cell is read: all, or a number of them.</summary>
internal sealed partial class LagsField()
    : SweepField("lags", FieldKind.AllOrCount, "all", "lags k of the statistic lags: every one from 1 to T, or { count: n }, log-spaced", FieldEffects.Readings)
{
    public override string Allowed => "all, or { count: n } with a whole number n ≥ 2";

    public override string? Text(CellSpec spec) => spec.LagCount is { } count ? TextOf(count) : Default;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => spec with { LagCount = value.Whole == 0 ? null : (int)value.Whole };

    private protected override FieldValue? Read(string text)
    {
        if (text == Default)
        {
            return new FieldValue(this, text);
        }

        return Count().Match(text) is { Success: true } match
            && int.TryParse(match.Groups[1].Value + match.Groups[2].Value, NumberStyles.None, null, out int count) && count >= 2
                ? new FieldValue(this, TextOf(count), count, (ulong)count)
                : null;
    }

    private static string TextOf(int count) => $"{{ count: {count} }}";

    // A bare number is also accepted.
    [GeneratedRegex(@"^(?:\{ *count: *([0-9]{1,10}) *\}|([0-9]{1,10}))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Count();
}

/// <summary>The layers of a trained network that are measured.</summary>
internal sealed class LayerField()
    : SweepField("layer", FieldKind.Choice, "all", "layer of a trained network, from 0, with those below as its input; all as one state", FieldEffects.Readings | FieldEffects.Cost)
{
    public override string Allowed => "all, or a whole number ≥ 0";

    public override IEnumerable<string> Choices => [Default];

    public override string? Text(CellSpec spec) => spec.Layer is { } layer ? $"{layer}" : Default;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => spec with { Layer = value.Text == Default ? null : (int)value.Whole };

    private protected override FieldValue? Read(string text) =>
        text == Default ? new FieldValue(this, text)
        : int.TryParse(text, NumberStyles.None, null, out int layer) ? new FieldValue(this, $"{layer}", layer, (ulong)layer)
        : null;
}

/// <summary>The rows of a matrix in place of a drawn input.</summary>
internal sealed class InputField()
    : SweepField("input", FieldKind.Path, "(drawn, standard normal)", ".npy or .safetensors array (T, M) of the input, a row a step; or (S, T, M), a sequence for each replicate", FieldEffects.Readings)
{
    public override string Allowed => "the path of a .npy file, or of a .safetensors file with #tensor";

    public override bool IsPath(string text) => true;

    public override string? Text(CellSpec spec) => spec.InputDigest;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => value is MatrixValue input
        ? spec with { InputDigest = input.Digest, InputSequences = input.Contents.Sequences }
        : throw new ArgumentException("the input is a matrix", nameof(value));

    private protected override FieldValue? Read(string text) => null;

    private protected override string? Refuse(string name, Matrix matrix) => null;
}
