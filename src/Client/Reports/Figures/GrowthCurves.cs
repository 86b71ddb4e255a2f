using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The spectral norm against the sequence length, for some values of the control axis, with its bound.</summary>
internal static class GrowthCurves
{
    public static FigureSection? Section(SweepShape shape)
    {
        if (shape.Length < 0)
        {
            return null;
        }

        IEnumerable<Slice> slices = shape.Control < 0 ? Slice.All(shape.Data, shape.Length) : Slice.All(shape.Data, shape.Length, shape.Control);
        return FigureSection.OfCharts(
            "growth",
            "Growth with the sequence",
            Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ of the spectral norm", "median", "the band from the 5 to the 95 percent quantile"))
            + (shape.Data.HasBounds ? "; dashed, the mean of the bound T log₁₀(γ‖W‖₂), which no product exceeds." : ".") + shape.OmittedNote(shape.Control),
            slices,
            slice => Draw(shape, slice));
    }

    private static LineChart Draw(SweepShape shape, Slice slice)
    {
        LineChart chart = shape.NormChart(shape.LengthAxis);
        IReadOnlyList<int> chosen = shape.Drawn(shape.Control);
        for (int i = 0; i < chosen.Count; i++)
        {
            ReportCell[] cells = [.. slice.Cells(chosen[i]).Select(pair => pair.Cell)];
            int colour = Series.ColourOf(i, chosen.Count);
            string? words = chosen[i] < 0 ? null : shape.ControlAxis.LabelOf(chosen[i]);
            chart.Add(new Series(words, colour, [.. cells.Select(Point)]) { Style = SeriesStyle.Band });
            chart.Add(new Series(null, colour, [.. cells.Select(cell => new SeriesPoint(cell.Spec.SequenceLength, cell.Bound, double.NaN, double.NaN, -1))])
            {
                Style = SeriesStyle.Dashed,
            });
        }

        if (shape.Data.HasBounds)
        {
            chart.Note("line dashed ink", "bound");
        }

        return chart;
    }

    private static SeriesPoint Point(ReportCell cell)
    {
        SampleStatistics? norm = cell.Summary?.Log10SpectralNorm;
        (double low, double high) = FewNetworks.Band(norm);
        return new SeriesPoint(cell.Spec.SequenceLength, norm?.Median ?? double.NaN, low, high, cell.Row);
    }
}
