namespace RnnSweep.Core.Results;

/// <summary>Text of numbers in the fields of a table: the shortest that reads back to the same double, empty for NaN.</summary>
public static class FieldText
{
    /// <summary>Upper bound of the bytes in the text of a number.</summary>
    public const int MostBytes = 32;

    /// <summary>The text of a number: empty for NaN, <c>-Infinity</c> for the logarithm of 0, <c>0</c> for both zeros.</summary>
    public static string Of(double value) => value switch
    {
        double.NaN => "",
        0 => "0",
        _ => value.ToString("R"),
    };

    /// <summary>Writes the text of a number as UTF-8; allocates nothing.</summary>
    /// <param name="value">The number.</param>
    /// <param name="destination">At least <see cref="MostBytes"/> bytes.</param>
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
