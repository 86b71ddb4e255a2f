namespace RnnSweep.Client.Reports.Figures;

/// <summary>Some of many places, evenly spread.</summary>
internal static class Spread
{
    /// <summary>At most so many of the places from 0, the first and the last among them.</summary>
    public static IReadOnlyList<int> Of(int count, int most) => count <= most
        ? [.. Enumerable.Range(0, count)]
        : [.. Enumerable.Range(0, most).Select(i => (int)Math.Round(i * (count - 1.0) / (most - 1)))];

    /// <summary>What a caption says of the values of an axis that are left out; empty where there are none.</summary>
    public static string Told(ReportAxis axis, int drawn) =>
        drawn == axis.Total ? "" : $" {drawn} of {axis.Total} values of {axis.ShortName} {(drawn == 1 ? "is" : "are")} drawn.";
}
