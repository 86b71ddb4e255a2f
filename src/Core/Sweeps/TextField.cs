using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>The sweep's name. It becomes a folder's, and is no part of a cell.</summary>
internal sealed class NameField()
    : SweepField("name", FieldKind.Text, "(the file's name)", "name of the sweep and of its run's folder")
{
    public override string Allowed => "1 to 100 letters (a–z), digits, -, _ or . with no . or - in front";

    public override string? Text(CellSpec spec) => null;

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        bool ok = IsName(text);
        (value, problem) = ok ? (new FieldValue(text, spec => spec), (string?)null) : (null, Refuse(text));
        return ok;
    }

    private static bool IsName(string text) =>
        text.Length is >= 1 and <= 100 && text[0] is not ('-' or '.') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>Which statistics are taken; as yet the norms alone.</summary>
internal sealed class StatisticsField()
    : SweepField("statistics", FieldKind.Names, "[norms]", "list of what is measured besides the columns always there")
{
    public override string Allowed => "a list of norms";

    public override string? Text(CellSpec spec) => Default;

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        bool ok = text == "norms";
        (value, problem) = ok ? (new FieldValue(text, spec => spec), (string?)null) : (null, Refuse(text));
        return ok;
    }
}

/// <summary>The rows of a matrix in place of a drawn input.</summary>
internal sealed class InputField()
    : SweepField("input", FieldKind.Path, "(drawn, standard normal)", ".npy or .safetensors matrix whose rows are the input, a row a step")
{
    public override string Allowed => "the path of a .npy file, or of a .safetensors file with #tensor";

    public override bool IsPath(string text) => true;

    public override string? Text(CellSpec spec) => spec.InputDigest;

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        (value, problem) = (null, Refuse(text));
        return false;
    }

    public override bool TryUse(
        string name,
        string path,
        Matrix matrix,
        string digest,
        [NotNullWhen(true)] out MatrixValue? value,
        [NotNullWhen(false)] out string? problem)
    {
        (value, problem) = (new MatrixValue(name, path, matrix, digest, spec => spec with { InputDigest = digest }), null);
        return true;
    }
}
