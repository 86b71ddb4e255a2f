using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The gradient with respect to the recurrent weights along the control axis, or over the sequence length where no other axis varies, beside the spectral norm of the product.</summary>
internal static class GradientCurves
{
    // Norms further below or above all gradients, in decades, are left out: they would leave the gradients no room.
    private const double MostApart = 5;

    public static FigureSection? Section(SweepShape shape)
    {
        int along = shape.Control >= 0 ? shape.Control : shape.Length;
        if (along < 0 || !shape.Data.Fixed.MeasuresGradient)
        {
            return null;
        }

        double[] gradients = [.. shape.Data.Cells.SelectMany(cell => Of(cell) is { } gradient ? new[] { gradient.Q05, gradient.Median, gradient.Q95 } : []).Where(double.IsFinite)];
        (double Low, double High) shown = gradients.Length == 0 ? (0, 0) : (gradients.Min() - MostApart, gradients.Max() + MostApart);
        int series = shape.Control < 0 ? -1 : shape.Length >= 0 ? shape.Length : shape.SecondaryAxis;
        return FigureSection.OfCharts(
            "gradient",
            "Gradient of the recurrent weights",
            Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ ‖∂L/∂W‖", "median", "the band from the 5 to the 95 percent quantile"))
            + "; dashed, log₁₀ ‖∂x_T/∂x_0‖₂, which need not grow with it: the"
            + $" gradient is a sum over all steps. It is drawn up to {MostApart} decades beyond the gradients." + shape.OmittedNote(series),
            series < 0 ? Slice.All(shape.Data, along) : Slice.All(shape.Data, along, series),
            slice => Draw(shape, along, series, slice, shown));
    }

    private static LineChart Draw(SweepShape shape, int along, int axis, Slice slice, (double Low, double High) shown)
    {
        var chart = new LineChart
        {
            XLabel = shape.Data.Axes[along].Label,
            YLabel = "log₁₀ ‖∂L/∂W‖",
            X = SweepShape.ScaleOf(shape.Data.Axes[along]),
            Reference = 0,
            LinearWithin = 3,
        };
        IReadOnlyList<int> chosen = shape.Drawn(axis);
        for (int i = 0; i < chosen.Count; i++)
        {
            (double X, ReportCell Cell)[] cells = [.. slice.Cells(chosen[i])];
            int colour = Series.ColourOf(i, chosen.Count);
            string? words = chosen[i] < 0 ? null : shape.Data.Axes[axis].LabelOf(chosen[i]);
            chart.Add(new Series(words, colour, [.. cells.Select(Point)]) { Style = SeriesStyle.Band });
            chart.Add(new Series(null, colour, [.. cells.Select(Norm)]) { Style = SeriesStyle.Dashed });
        }

        chart.Note(SeriesStyle.Dashed, "norm of the product");
        return chart;

        SeriesPoint Norm((double X, ReportCell Cell) pair) =>
            new(pair.X, pair.Cell.Median >= shown.Low && pair.Cell.Median <= shown.High ? pair.Cell.Median : double.NaN, double.NaN, double.NaN, -1);
    }

    private static SampleStatistics? Of(ReportCell cell) => cell.Summary?.Statistics(ReadingColumns.Log10WeightsGradient);

    private static SeriesPoint Point((double X, ReportCell Cell) pair)
    {
        SampleStatistics? gradient = Of(pair.Cell);
        (double low, double high) = FewNetworks.Band(gradient);
        return new SeriesPoint(pair.X, gradient?.Median ?? double.NaN, low, high, pair.Cell.Row);
    }
}
