using System.Text.Json;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>What of a figure can be pointed at, for the page's script.</summary>
internal interface ITargets
{
    /// <summary>Writes itself as one JSON value.</summary>
    void Write(Utf8JsonWriter json);
}

/// <summary>Cells side by side.</summary>
/// <param name="X">The edges of the columns, ascending.</param>
/// <param name="Y">The edges of the rows, descending: the first row is the lowest.</param>
/// <param name="Rows">The rows of the table, column by column; −1 where there is no cell.</param>
internal sealed record GridTargets(IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<int> Rows) : ITargets
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
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

/// <summary>Points, series by series.</summary>
/// <param name="Points">Their places, the rows of the table they stand for, and their series.</param>
internal sealed record PointTargets(IReadOnlyList<(double X, double Y, int Row, int Series)> Points) : ITargets
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Targets.Numbers(json, "points", Points.SelectMany(point => new[] { point.X, point.Y, point.Row, point.Series }));
        json.WriteEndObject();
    }
}

/// <summary>How places are written.</summary>
file static class Targets
{
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
