using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The largest Lyapunov exponent along the control axis, with that of mean-field theory.</summary>
internal static class ExponentCurves
{
    // More error bars would overlap, so a band replaces them.
    private const int MostBars = 40;

    public static FigureSection? Section(SweepShape shape)
    {
        if (shape.Control < 0)
        {
            return null;
        }

        int series = shape.Length >= 0 ? shape.Length : shape.SecondaryAxis;
        return FigureSection.OfCharts(
            "exponent",
            $"Exponent against {shape.ControlAxis.Label}",
            $"The largest finite-time Lyapunov exponent λ = {(shape.Data.Fixed.MeasuresNorms ? "ln ‖∂x_T/∂x_0‖₂ / T" : "Σ_t ln (R_t)₁₁ / T of the frame")} in nats per step: "
            + FewNetworks.Caption(shape.Data, "λ", "mean", "two standard errors on either side")
            + (shape.Data.Cells.Any(cell => double.IsFinite(cell.Summary?.Theory.LyapunovMax ?? double.NaN)) ? "; the thin line is mean-field theory, N → ∞." : ".")
            + shape.OmittedNote(series),
            series < 0 ? Slice.All(shape.Data, shape.Control) : Slice.All(shape.Data, shape.Control, series),
            slice => Draw(shape, series, slice));
    }

    private static LineChart? Draw(SweepShape shape, int axis, Slice slice)
    {
        var chart = new LineChart
        {
            XLabel = shape.ControlAxis.Label,
            YLabel = "λ, nats per step",
            X = SweepShape.ScaleOf(shape.ControlAxis),
            Reference = 0,
        };
        IReadOnlyList<int> chosen = shape.Drawn(axis);
        if (!chosen.Any(place => slice.Cells(place).Any(pair => pair.Cell.Summary is not null)))
        {
            return null;
        }

        var theories = new List<(int Colour, SeriesPoint[] Points)>();
        for (int i = 0; i < chosen.Count; i++)
        {
            (double X, ReportCell Cell)[] cells = [.. slice.Cells(chosen[i])];
            chart.Add(new Series(chosen[i] < 0 ? null : shape.Data.Axes[axis].LabelOf(chosen[i]), Series.ColourOf(i, chosen.Count), [.. cells.Select(Point)])
            {
                Style = cells.Length > MostBars ? SeriesStyle.Band : SeriesStyle.Line,
            });
            SeriesPoint[] theory = [.. cells.Select(pair => new SeriesPoint(pair.X, TheoryOf(shape.Data, pair.Cell), double.NaN, double.NaN, -1))];
            if (theory.Any(point => double.IsFinite(point.Y)) && !theories.Any(other => other.Points.SequenceEqual(theory)))
            {
                theories.Add((Series.ColourOf(i, chosen.Count), theory));
            }
        }

        foreach ((int colour, SeriesPoint[] theory) in theories)
        {
            chart.Add(new Series(null, theories.Count == 1 ? Series.Ink : colour, theory) { Style = SeriesStyle.Theory });
        }

        chart.Note(SeriesStyle.Theory, "mean field");
        return chart;
    }

    // Theory is known before a cell is computed, so its line does not change while the sweep goes on.
    private static double TheoryOf(ReportData data, ReportCell cell) =>
        cell.Summary?.Theory.LyapunovMax ?? (cell.IsPending ? data.TheoryOf(cell.Spec) : double.NaN);

    private static SeriesPoint Point((double X, ReportCell Cell) pair)
    {
        SampleStatistics? exponent = pair.Cell.Summary?.LyapunovMax;
        (double low, double high) = FewNetworks.Bar(exponent);
        return new SeriesPoint(pair.X, exponent?.Mean ?? double.NaN, low, high, pair.Cell.Row);
    }
}
