using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// Cuts through the phase diagram: the spectral norm along the second axis, at some values of the control axis, for a diagram that is fine enough. Figure 6 of Pascanu, Mikolov &amp; Bengio (2013) is such a
/// cut, through a wall of the error surface.
/// </summary>
internal static class CutCurves
{
    // The fewest values of the second axis, and the number of cuts: an odd one, so that one lies in the middle.
    private const int Fewest = 20, Cuts = 5;

    public static FigureSection? Section(SweepShape shape)
    {
        if (shape.Control < 0 || shape.SecondaryAxis < 0 || !shape.ControlAxis.IsNumeric || !shape.Data.Fixed.MeasuresNorms
            || shape.Data.Axes[shape.SecondaryAxis] is not { IsNumeric: true, Count: >= Fewest } across)
        {
            return null;
        }

        IReadOnlyList<int> places = Spread.Of(shape.ControlAxis.Count, Cuts);
        return FigureSection.OfCharts(
            "cuts",
            "Cuts through the diagram",
            $"{Phrase.Capitalised(FewNetworks.Caption(shape.Data, $"log₁₀ of the spectral norm {shape.AtLongestText}".TrimEnd(), "median", "the band from the 5 to the 95 percent quantile"))}, "
                + $"along {across.ShortName} at {places.Count} values of {shape.ControlAxis.ShortName}.",
            shape.AlongControl(shape.SecondaryAxis),
            slice =>
            {
                LineChart chart = shape.NormChart(across);
                foreach ((int i, int place) in places.Index())
                {
                    chart.Add(new Series(shape.ControlAxis.LabelOf(place), Series.ColourOf(i, places.Count),
                    [
                        .. Enumerable.Range(0, across.Count).Select(along => (along, cell: slice.At(place, along))).Where(pair => pair.cell is not null)
                            .Select(pair => Point(across.Numbers[pair.along], pair.cell!)),
                    ])
                    {
                        Style = SeriesStyle.Band,
                    });
                }

                return chart;
            });
    }

    private static SeriesPoint Point(double x, ReportCell cell)
    {
        SampleStatistics? norm = cell.Summary?.Log10SpectralNorm;
        (double low, double high) = FewNetworks.Band(norm);
        return new SeriesPoint(x, norm?.Median ?? double.NaN, low, high, cell.Row);
    }
}
