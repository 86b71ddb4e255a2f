namespace RnnSweep.Client.Reports.Figures;

/// <summary>Selects evenly spread indices.</summary>
internal static class Spread
{
    /// <summary>At most <paramref name="most"/> of the indices from 0 to <paramref name="count"/> − 1, with the first and the last.</summary>
    public static IReadOnlyList<int> Of(int count, int most) => count <= most
        ? [.. Enumerable.Range(0, count)]
        : [.. Enumerable.Range(0, most).Select(i => (int)Math.Round(i * (count - 1.0) / (most - 1)))];

    /// <summary>A sentence for a caption about the values of an axis that are left out; empty where none is.</summary>
    public static string OmittedNote(ReportAxis axis, int drawn) =>
        drawn == axis.Total ? "" : $" {drawn} of {axis.Total} values of {axis.ShortName} {(drawn == 1 ? "is" : "are")} drawn.";
}
