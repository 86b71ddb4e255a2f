using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports;

/// <summary>
/// What may be said of few networks: below eight, the 5 and 95 percent quantiles lie between the two outermost networks, and a standard error or a bootstrap interval is itself off by a
/// quarter or more. Their range is given instead; of one network the number alone.
/// </summary>
internal static class FewNetworks
{
    /// <summary>The fewest networks with quantiles and standard errors.</summary>
    public const int FewestForQuantiles = 8;

    /// <summary>The ends of a band: the quantiles 0.05 and 0.95, of few networks the smallest and the largest value; NaN of one.</summary>
    public static (double Low, double High) Band(SampleStatistics? values) => values switch
    {
        null or { Count: < 2 } => (double.NaN, double.NaN),
        { Count: < FewestForQuantiles } => (values.Min, values.Max),
        _ => (values.Q05, values.Q95),
    };

    /// <summary>The ends of an error bar of the mean: two standard errors, of few networks the smallest and the largest value; NaN of one.</summary>
    public static (double Low, double High) Bar(SampleStatistics? values) => values is { Count: >= FewestForQuantiles }
        ? (values.Mean - (2 * values.Sem), values.Mean + (2 * values.Sem))
        : Band(values);

    /// <summary>The words for the middle and the band in a caption, as <c>the median over the replicates of X, with the band …</c>.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="what">X.</param>
    /// <param name="middle">Median or mean.</param>
    /// <param name="band">The band of many networks.</param>
    public static string Caption(ReportData data, string what, string middle, string band)
    {
        int[] counts = [.. data.Cells.Select(cell => cell.Summary?.Count ?? 0).Where(count => count > 0)];
        return counts.Length == 0 || counts.Max() == 1 ? $"{what} of the one network of each cell"
            : $"the {middle} over the replicates of {what}, with "
                + (counts.Min() >= FewestForQuantiles ? band : counts.Max() < FewestForQuantiles ? "the range of the networks" : $"{band}, of fewer than {FewestForQuantiles} networks with their range");
    }

    /// <summary>Whether no cell has more than one network.</summary>
    public static bool AreSingle(IEnumerable<ReportCell> cells) => cells.All(cell => (cell.Summary?.Count ?? 0) < 2);
}
