using System.Globalization;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>Durations as options have them: a number and a unit, <c>90s</c>, <c>1.5h</c>, <c>90d</c>.</summary>
internal static class DurationText
{
    private const double LongestDays = 36_500;

    /// <exception cref="UsageException">The text is no duration.</exception>
    public static TimeSpan Read(string option, string text)
    {
        double unit = text is [.., var last] ? last switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => double.NaN } : double.NaN;
        return double.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * unit is > 0 and <= LongestDays * 86_400
            ? TimeSpan.FromSeconds(number * unit)
            : throw new UsageException($"rnnsweep: {option} must be a number with one of the units s, m, h and d, such as 90m or 2h, but was '{text}'");
    }
}
