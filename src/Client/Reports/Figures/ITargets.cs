using System.Text.Json;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Words;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The parts of a figure that a pointer can select, for the page's script.</summary>
internal interface ITargets
{
    /// <summary>Writes the targets as one JSON value.</summary>
    void Write(Utf8JsonWriter json);
}

/// <summary>A grid of cells.</summary>
/// <param name="X">The edges of the columns, ascending.</param>
/// <param name="Y">The edges of the rows, descending: the first row is the lowest.</param>
/// <param name="Rows">The rows of the table, column by column; −1 where there is no cell.</param>
internal sealed record GridTargets(IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<int> Rows) : ITargets
{
    /// <summary>The numbers in the pointer's label: the text before each, and the column of the page's table that has it.</summary>
    public IReadOnlyList<(string Label, string Column)> Parts { get; init; } = [];

    /// <summary>A number in the label that no column has, with the text before it; in the order of <see cref="Rows"/>.</summary>
    public (string Label, IReadOnlyList<double> Values)? Values { get; init; }

    /// <summary>The coordinates of the rows, where no axis of the sweep has them, with the text before each.</summary>
    public (string Label, IReadOnlyList<double> Values)? YValues { get; init; }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("parts");
        foreach ((string label, string column) in Parts)
        {
            json.WriteStringValue(label);
            json.WriteStringValue(column);
        }

        json.WriteEndArray();
        if (Values is var (label1, values))
        {
            json.WriteString("label", label1);
            Targets.Shown(json, "values", values);
        }

        if (YValues is var (label2, places))
        {
            json.WriteString("yLabel", label2);
            Targets.Shown(json, "yValues", places);
        }

        Targets.Numbers(json, "x", X);
        Targets.Numbers(json, "y", Y);
        json.WriteStartArray("rows");
        foreach (int row in Rows)
        {
            json.WriteNumberValue(row);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>A point of a series.</summary>
/// <param name="X">Its coordinate in the drawing.</param>
/// <param name="Y">The other.</param>
/// <param name="Row">Its row of the page's table.</param>
/// <param name="Series">The index of its series.</param>
/// <param name="XValue">The number on the horizontal axis.</param>
/// <param name="YValue">That on the vertical one.</param>
internal readonly record struct PointTarget(double X, double Y, int Row, int Series, double XValue, double YValue);

/// <summary>Points of series.</summary>
/// <param name="Points">The points.</param>
internal sealed record PointTargets(IReadOnlyList<PointTarget> Points) : ITargets
{
    /// <summary>What the vertical axis shows: the text before the number in the pointer's label.</summary>
    public string Label { get; init; } = "";

    /// <summary>What the horizontal axis shows, where no axis of the sweep has it; null elsewhere.</summary>
    public string? XLabel { get; init; }

    /// <summary>The series' names, where the label has them; null elsewhere.</summary>
    public IReadOnlyList<string?>? Names { get; init; }

    /// <summary>For each series the keys of the legend entries that hide it, separated by spaces.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("label", Label);
        Targets.Shown(json, "values", Points.Select(point => point.YValue));
        if (XLabel is not null)
        {
            json.WriteString("xLabel", XLabel);
            Targets.Shown(json, "xValues", Points.Select(point => point.XValue));
        }

        if (Names is not null)
        {
            Targets.Texts(json, "names", Names);
        }

        Targets.Texts(json, "keys", Keys);
        Targets.Numbers(json, "points", Points.SelectMany(point => new[] { point.X, point.Y, point.Row, point.Series }));
        json.WriteEndObject();
    }
}

/// <summary>Writes arrays.</summary>
file static class Targets
{
    // Digits of the pointer's label.
    private const int Digits = 5;

    public static void Texts(Utf8JsonWriter json, string name, IEnumerable<string?> texts)
    {
        json.WriteStartArray(name);
        foreach (string? text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    // Numbers that JSON does not have become texts.
    public static void Shown(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                json.WriteRawValue((value == 0 ? 0 : value).ToString($"G{Digits}"), skipInputValidation: true);
            }
            else
            {
                json.WriteStringValue(double.IsNaN(value) ? "no number" : Phrase.Number(value));
            }
        }

        json.WriteEndArray();
    }

    public static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers)
        {
            json.WriteRawValue(Svg.Number(number), skipInputValidation: true);
        }

        json.WriteEndArray();
    }
}
