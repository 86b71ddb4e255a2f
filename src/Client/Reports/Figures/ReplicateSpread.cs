using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The spread of the replicates of a cell, along the control axis at the longest sequence.</summary>
internal static class ReplicateSpread
{
    // Quantiles of fewer replicates mean little; more dots would overlap.
    private const int Fewest = 4, MostDots = 32, MostBoxes = 60;

    public static FigureSection? Section(SweepShape shape) =>
        shape.Control < 0 || shape.Data.Cells.All(cell => cell.Norm.Length < Fewest) ? null : FigureSection.OfCharts(
            "replicates",
            "Spread over the replicates",
            $"log₁₀ of the spectral norm {shape.AtLongestText}".TrimEnd() + ": "
            + (shape.Data.Cells.Any(cell => cell.Norm.Length is > 0 and <= MostDots) ? "every network a dot, " : "")
            + (shape.Data.Cells.Any(cell => cell.Norm.Length >= FewNetworks.FewestForQuantiles)
                ? "boxes from the lower to the upper quartile with the median, bars from the 5 to the 95 percent quantile."
                : "lines at the median, bars over the range.") + Spread.OmittedNote(shape.ControlAxis, Math.Min(shape.ControlAxis.Count, MostBoxes)),
            shape.AlongControl(),
            slice => Draw(shape, slice));

    private static LineChart Draw(SweepShape shape, Slice slice)
    {
        LineChart chart = shape.NormChart(shape.ControlAxis);
        chart.Add(new Series(null, 1, [.. slice.Cells(places: Spread.Of(shape.ControlAxis.Count, MostBoxes))
            .Where(pair => pair.Cell.Summary is not null)
            .Select(pair => Point(pair.X, pair.Cell))])
        {
            Style = SeriesStyle.Box,
        });
        return chart;
    }

    private static SeriesPoint Point(double x, ReportCell cell)
    {
        SampleStatistics norm = cell.Summary!.Log10SpectralNorm;
        (double low, double high) = FewNetworks.Band(norm);
        bool hasBox = norm.Count >= FewNetworks.FewestForQuantiles; // else a box of no height is the line at the median
        return new SeriesPoint(x, norm.Median, low, high, cell.Row)
        {
            LowerQuartile = hasBox ? norm.Q25 : norm.Median,
            UpperQuartile = hasBox ? norm.Q75 : norm.Median,
            Values = cell.Norm.Length <= MostDots ? cell.Norm : [],
        };
    }
}
