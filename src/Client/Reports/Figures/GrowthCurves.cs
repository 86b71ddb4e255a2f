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
        double highest = Highest(shape.Data);
        FigureSection? section = FigureSection.OfCharts("growth", "Growth with the sequence", "", slices, slice => Draw(shape, slice, highest, withBound));
        return section is null ? null : section with
        {
            Caption = Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ of the spectral norm", "median", "bars from the 5 to the 95 percent quantile"))
                + (withBound.Count > 0 ? $"; dashed, the mean of the bound T log₁₀(γ‖W‖₂), which no product exceeds{(shape.Control < 0 ? "" : ", in the colour of its curve")}. A bound ends where it leaves the range of the norms." : ".")
                + (shape.Control < 0 ? "" : " The points of one T are drawn side by side.") + shape.OmittedNote(shape.Control),
        };
    }

    private static LineChart Draw(SweepShape shape, Slice slice, double highest, HashSet<Slice> withBound)
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

        foreach ((ReportCell[] cells, int colour) in curves)
        {
            SeriesPoint[] bound = Bound(cells, highest);
            if (bound.Length > 1)
            {
                withBound.Add(slice);
                chart.Add(new Series(null, colour, bound) { Style = SeriesStyle.Dashed });
            }
        }

        chart.Note(SeriesStyle.Dashed, "bound");
        return chart;
    }

    // Bounds far above the norms would leave them little of the scale.
    private static double Highest(ReportData data)
    {
        double[] norms = [.. data.Cells.SelectMany(cell => new[] { cell.Median, FewNetworks.Band(cell.Summary?.Log10SpectralNorm).High }).Where(double.IsFinite).DefaultIfEmpty(0)];
        return Math.Max(0, norms.Max());
    }

    // The bound is proportional to T, so the T at which it leaves the range is known.
    private static SeriesPoint[] Bound(ReportCell[] cells, double highest)
    {
        ReportCell[] known = [.. cells.Where(cell => double.IsFinite(cell.Bound))];
        ReportCell[] inside = [.. known.TakeWhile(cell => cell.Bound <= highest)];
        IEnumerable<SeriesPoint> points = inside.Select(cell => At(cell.Spec.SequenceLength, cell.Bound));
        return inside.Length == known.Length || inside.Length == 0 ? [.. points]
            : [.. points, At(highest * known[inside.Length].Spec.SequenceLength / known[inside.Length].Bound, highest)];

        static SeriesPoint At(double length, double bound) => new(length, bound, double.NaN, double.NaN, -1);
    }

    private static SeriesPoint Point(ReportCell cell, bool hasBar)
    {
        SampleStatistics? norm = cell.Summary?.Log10SpectralNorm;
        (double low, double high) = hasBar ? FewNetworks.Band(norm) : (double.NaN, double.NaN);
        return new SeriesPoint(cell.Spec.SequenceLength, norm?.Median ?? double.NaN, low, high, cell.Row);
    }
}
