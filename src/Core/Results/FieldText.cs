using System.Globalization;

namespace RnnSweep.Core.Results;

/// <summary>How values are written in the fields of a table: invariant culture, shortest text that reads back, empty where missing.</summary>
public static class FieldText
{
    /// <summary>A number: empty for NaN, <c>-Infinity</c> for the logarithm of 0, and 0 without a sign.</summary>
    public static string Of(double value) => value switch
    {
        double.NaN => "",
        0 => "0",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>A whole number.</summary>
    public static string Of(int value) => value.ToString(CultureInfo.InvariantCulture);
}
