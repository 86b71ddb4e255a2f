using System.Text.Json;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary>Writes coordinates and numbers of cells, which keep the sweep's numerals and may be infinite.</summary>
internal static class JsonFields
{
    /// <summary>Writes the value of a field as a number with its own digits, or as a text.</summary>
    public static void Write(Utf8JsonWriter json, SweepField field, string text)
    {
        if (field is NumericField && !field.IsPath(text))
        {
            json.WriteRawValue(text);
        }
        else
        {
            json.WriteStringValue(text);
        }
    }

    /// <summary>Writes a number. JSON has no infinities, so they are written as the texts of the CSV files; a missing number is null.</summary>
    public static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else if (double.IsNaN(value))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, FieldText.Of(value));
        }
    }
}
