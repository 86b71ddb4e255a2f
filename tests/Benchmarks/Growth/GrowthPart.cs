using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Growth;

/// <summary>How time grows with each size, compared with the number of operations.</summary>
internal sealed class GrowthPart : IPart
{
    public string Name => "growth";

    public string Question => "how time grows with N, T, replicates and cells";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            One cell in process on one thread, radius 1.1, W₀ drawn beforehand; cells as whole runs on two threads, start-up included, each with a radius of its own. Seconds of
            the quickest round. Exponents are fitted by least squares in logarithms over the upper range of sizes; what is expected is that of the operations
            that `rnnsweep plan` counts, fitted over the same range: up to 2N³ a step, fewer as the rank of the product falls, so that the steps of a long
            sequence cost less and less; N² for the states; and as many of each as there are replicates and cells.
            """);
        Series[] all = [Measurements.HiddenSize(effort), Measurements.SequenceLength(effort), Measurements.Replicates(effort), Measurements.Cells(effort)];
        Table exponents = report.Add(new Table("growth-exponents", "against", "fixed", "fitted from", "fitted to", "exponent", "expected"));
        Table points = new("growth", "against", "size", "seconds");
        foreach (Series series in all)
        {
            exponents.Add(series.Axis, series.Fixed, series.Upper[0].X, series.Upper[^1].X, series.Fitted.Exponent, series.Expected);
            foreach ((double x, double y) in series.Points)
            {
                points.Add(series.Axis, x, y);
            }
        }

        report.Say("![Time against N, T, replicates and cells](growth.svg)");
        report.Attach("growth.svg", GrowthChart.Draw(all));
        report.Add(points);
        return report;
    }
}
