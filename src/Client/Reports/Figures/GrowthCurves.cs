using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The spectral norm against the sequence length, for some values of the control axis, with its bound.</summary>
internal static class GrowthCurves
{
    // More bars on a curve would cover those of the others.
    private const int MostBars = 12;

    public static FigureSection? Section(SweepShape shape)
    {
        if (shape.Length < 0)
        {
            return null;
        }

        IEnumerable<Slice> slices = shape.Control < 0 ? Slice.All(shape.Data, shape.Length) : Slice.All(shape.Data, shape.Length, shape.Control);
        HashSet<Slice> withBound = [];
        FigureSection? section = FigureSection.OfCharts("growth", "Growth with the sequence", "", slices, slice => Draw(shape, slice, withBound));
        return section is null ? null : section with
        {
            Caption = Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ of the spectral norm", "median", "bars from the 5 to the 95 percent quantile"))
                + (withBound.Count > 0 ? $"; dashed, the mean of the bound T log₁₀(γ‖W‖₂), which no product exceeds{(shape.Control < 0 ? "" : ", of the last curve that it forces to vanish")}." : ".")
                + (shape.Control < 0 ? "" : " The points of one T are drawn side by side.") + shape.OmittedNote(shape.Control),
        };
    }

    private static LineChart Draw(SweepShape shape, Slice slice, HashSet<Slice> withBound)
    {
        LineChart chart = shape.NormChart(shape.LengthAxis, isDodged: true);
        IReadOnlyList<int> chosen = shape.Drawn(shape.Control);
        (ReportCell[] Cells, int Colour)[] curves = [.. chosen.Select((place, i) => (slice.Cells(place).Select(pair => pair.Cell).ToArray(), Series.ColourOf(i, chosen.Count)))];
        for (int i = 0; i < curves.Length; i++)
        {
            (ReportCell[] cells, int colour) = curves[i];
            HashSet<int> withBars = [.. Spread.Of(cells.Length, MostBars)];
            string? words = chosen[i] < 0 ? null : shape.ControlAxis.LabelOf(chosen[i]);
            chart.Add(new Series(words, colour, [.. cells.Select((cell, place) => Point(cell, withBars.Contains(place)))]));
        }

        // Other bounds lie far above the norms, and would leave them little of the scale.
        int bounded = chosen[0] < 0 ? 0 : Array.FindLastIndex(curves, curve => curve.Cells.Length > 0 && curve.Cells.All(cell => cell.Bound < 0));
        if (bounded >= 0 && curves[bounded].Cells.Count(cell => double.IsFinite(cell.Bound)) > 1)
        {
            withBound.Add(slice);
            chart.Add(new Series(null, curves[bounded].Colour, [.. curves[bounded].Cells.Select(cell => new SeriesPoint(cell.Spec.SequenceLength, cell.Bound, double.NaN, double.NaN, -1))])
            {
                Style = SeriesStyle.Dashed,
            });
            chart.Note(SeriesStyle.Dashed, chosen[bounded] < 0 ? "bound" : $"bound, {shape.ControlAxis.LabelOf(chosen[bounded])}");
        }

        return chart;
    }

    private static SeriesPoint Point(ReportCell cell, bool hasBar)
    {
        SampleStatistics? norm = cell.Summary?.Log10SpectralNorm;
        (double low, double high) = hasBar ? FewNetworks.Band(norm) : (double.NaN, double.NaN);
        return new SeriesPoint(cell.Spec.SequenceLength, norm?.Median ?? double.NaN, low, high, cell.Row);
    }
}
