using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
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

/// <summary>Which statistics are taken besides the norms, which always are. One value a name.</summary>
internal sealed class StatisticsField()
    : SweepField("statistics", FieldKind.Names, "[norms]", "list of what is measured: norms (always), spectrum, lags")
{
    public override string Allowed => "a list of " + string.Join(", ", StatisticsNames.All);

    public override string? Text(CellSpec spec) => $"[{StatisticsNames.Of(spec)}]";

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        if (StatisticsNames.Setter(text) is { } set)
        {
            (value, problem) = (new FieldValue(text, set), null);
            return true;
        }

        string? nearest = NearestName.Of(text, StatisticsNames.All);
        (value, problem) = (null, Refuse(text) + (nearest is null ? "" : $"; did you mean {nearest}?"));
        return false;
    }
}

/// <summary>The lags at which a cell is read: all, or a number of them.</summary>
internal sealed partial class LagsField()
    : SweepField("lags", FieldKind.AllOrCount, "all", "lags k of the statistic lags: every one from 1 to T, or { count: n }, log-spaced")
{
    public override string Allowed => "all, or { count: n } with a whole number n ≥ 2";

    public override string? Text(CellSpec spec) => spec.LagCount is { } count ? TextOf(count) : Default;

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        int? count = Count().Match(text) is { Success: true } match
            && int.TryParse(match.Groups[1].Value + match.Groups[2].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= 2 ? number : null;
        bool ok = count is not null || text == Default;
        value = ok ? new FieldValue(count is { } n ? TextOf(n) : text, spec => spec with { LagCount = count }) : null;
        problem = ok ? null : Refuse(text);
        return ok;
    }

    private static string TextOf(int count) => string.Create(CultureInfo.InvariantCulture, $"{{ count: {count} }}");

    // A bare number says the same.
    [GeneratedRegex(@"^(?:\{ *count: *([0-9]{1,10}) *\}|([0-9]{1,10}))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Count();
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
