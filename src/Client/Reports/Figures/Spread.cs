namespace RnnSweep.Client.Reports.Figures;

/// <summary>Some of many places, evenly spread.</summary>
internal static class Spread
{
    /// <summary>At most so many of the places from 0, the first and the last among them.</summary>
    public static IReadOnlyList<int> Of(int count, int most) => count <= most
        ? [.. Enumerable.Range(0, count)]
        : [.. Enumerable.Range(0, most).Select(i => (int)Math.Round(i * (count - 1.0) / (most - 1)))];
}
