using System.Text.Json;
using RnnSweep.Client.Reports.Drawing;

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

/// <summary>Points of series.</summary>
/// <param name="Points">The coordinates of each point, its row of the table, and the index of its series.</param>
internal sealed record PointTargets(IReadOnlyList<(double X, double Y, int Row, int Series)> Points) : ITargets
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Targets.Numbers(json, "points", Points.SelectMany(point => new[] { point.X, point.Y, point.Row, point.Series }));
        json.WriteEndObject();
    }
}

/// <summary>Writes coordinates.</summary>
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
