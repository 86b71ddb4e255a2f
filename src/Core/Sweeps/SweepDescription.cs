using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>A sweep as plain text, with its matrices named by digest, as it is sent to a cluster and stored there.</summary>
/// <param name="Name">The sweep's name.</param>
/// <param name="Settings">The fields given, in order.</param>
public sealed record SweepDescription(string Name, ImmutableArray<SettingDescription> Settings)
{
    private static readonly JsonSerializerOptions s_json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Identifies the sweep on a cluster: its name and 12 digits of a digest of its full description.</summary>
    [JsonIgnore]
    public string Id => $"{Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..12]}";

    /// <summary>The description as one line of JSON, which <see cref="Parse"/> reads.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this, s_json);

    /// <summary>Digests of the matrices that the sweep needs.</summary>
    [JsonIgnore]
    public IEnumerable<string> Matrices => Settings.SelectMany(setting => setting.Values).Select(value => value.Digest).OfType<string>().Distinct();

    /// <summary>Describes the settings of a sweep.</summary>
    public static SweepDescription Of(string name, IEnumerable<FieldSetting> settings) => new(name, [.. settings.Select(SettingDescription.Of)]);

    /// <summary>Reads the JSON of <see cref="Text"/>.</summary>
    /// <exception cref="FormatException">The text is not a description.</exception>
    public static SweepDescription Parse(string text)
    {
        try
        {
            SweepDescription? description = JsonSerializer.Deserialize<SweepDescription>(text, s_json);
            if (description is not { Name: not null, Settings.IsDefault: false } || description.Settings.Any(setting => setting is not { IsWhole: true }))
            {
                throw new FormatException("the description of a sweep needs a name and settings, and every setting a field, and a range or values");
            }

            if (!SweepFields.Find("name")!.TryRead(description.Name, out _, out string? problem))
            {
                throw new FormatException(problem); // the name becomes a folder's name where the sweep is fetched
            }

            return description;
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is no description of a sweep: {error.Message}", error);
        }
    }

    /// <summary>The plan of the sweep.</summary>
    /// <param name="matrices">Finds a matrix by its digest.</param>
    /// <exception cref="FormatException">A field is unknown, or a value or a combination of them is not allowed.</exception>
    public SweepPlan Plan(Func<string, Matrix> matrices) => Read(matrices).Plan;

    /// <summary>The plan of the sweep and its settings, checked like those of a sweep file.</summary>
    /// <param name="matrices">Finds a matrix by its digest.</param>
    /// <exception cref="FormatException">A field is unknown, or a value or a combination of them is not allowed.</exception>
    public (SweepPlan Plan, ImmutableArray<FieldSetting> Settings) Read(Func<string, Matrix> matrices)
    {
        ImmutableArray<FieldSetting> settings = [.. Settings.Select(setting => setting.Read(matrices))];
        try
        {
            return (SweepPlan.Of(Name, settings), settings);
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"{Name}: {error.Message}", error);
        }
    }
}

/// <summary>The setting of one field in a sweep, as text.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="IsAxis">Whether it is varied.</param>
/// <param name="Range">The range of values; null where they are listed.</param>
/// <param name="Values">The values listed; empty where they are a range.</param>
public sealed record SettingDescription(string Field, bool IsAxis, RangeText? Range, ImmutableArray<ValueDescription> Values)
{
    /// <summary>Whether all required members are present. The JSON may come from an untrusted client.</summary>
    [JsonIgnore]
    internal bool IsWhole => Field is not null && !Values.IsDefault && Values.All(value => value is { Text: not null });

    internal static SettingDescription Of(FieldSetting setting) => setting.Values switch
    {
        RangeAxis range => new SettingDescription(setting.Field.Name, setting.IsAxis, range.Range, []),
        ListAxis list => new SettingDescription(setting.Field.Name, setting.IsAxis, null, [.. list.Values.Select(ValueDescription.Of)]),
        var axis => throw new ArgumentException($"{axis.GetType().Name} is neither a range nor a list", nameof(setting)),
    };

    internal FieldSetting Read(Func<string, Matrix> matrices)
    {
        SweepField field = SweepFields.Find(Field) ?? throw new FormatException($"there is no field {Excerpt.Of(Field)}");
        if (IsAxis && !field.CanBeAxis)
        {
            throw new FormatException($"{Field} cannot be varied");
        }

        try
        {
            return new FieldSetting(
                Range is null ? new ListAxis(field, [.. Values.Select(value => value.Read(field, matrices))]) : ReadRange(field, Range), IsAxis);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"{Field}: {error.Message}", error);
        }
    }

    private static RangeAxis ReadRange(SweepField field, RangeText range)
    {
        var problems = new List<RangeProblem>();
        return field is NumericField numeric && RangeAxis.Read(numeric, range, problems) is { } axis
            ? axis
            : throw new FormatException($"{field.Name}: {(problems.Count > 0 ? problems[0].Message : "a range needs numbers")}");
    }
}

/// <summary>One value of a field, as text.</summary>
/// <param name="Text">Its canonical text; for a matrix, the bare name of its file.</param>
/// <param name="Digest">The digest of a matrix; null for other values.</param>
public sealed record ValueDescription(string Text, string? Digest = null)
{
    internal static ValueDescription Of(FieldValue value) => new(value.Text, (value as MatrixValue)?.Digest);

    internal FieldValue Read(SweepField field, Func<string, Matrix> matrices)
    {
        string? problem;
        if (Digest is not null)
        {
            return field.TryUse(Text, Text, matrices(Digest), Digest, out MatrixValue? matrix, out problem) ? matrix : throw new FormatException(problem);
        }

        return field.TryRead(Text, out FieldValue? value, out problem) ? value : throw new FormatException(problem);
    }
}
