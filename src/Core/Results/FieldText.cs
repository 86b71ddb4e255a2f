namespace RnnSweep.Core.Results;

/// <summary>How values are written in the fields of a table: shortest text that reads back, empty where missing.</summary>
public static class FieldText
{
    /// <summary>No number's text is longer.</summary>
    public const int MostBytes = 32;

    /// <summary>A number: empty for NaN, <c>-Infinity</c> for the logarithm of 0, and 0 without a sign.</summary>
    public static string Of(double value) => value switch
    {
        double.NaN => "",
        0 => "0",
        _ => value.ToString("R"),
    };

    /// <summary>Writes the text of a number as UTF-8; allocates nothing.</summary>
    /// <param name="value">The number.</param>
    /// <param name="destination">At least <see cref="MostBytes"/>.</param>
    /// <returns>Number of bytes.</returns>
    public static int Write(double value, Span<byte> destination)
    {
        if (double.IsNaN(value))
        {
            return 0;
        }

        bool fits = (value == 0 ? 0 : value).TryFormat(destination, out int written, "R");
        return fits ? written : throw new ArgumentException($"a number needs room for {MostBytes} bytes, but there was room for {destination.Length}", nameof(destination));
    }
}
