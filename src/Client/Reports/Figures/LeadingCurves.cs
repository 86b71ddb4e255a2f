using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The leading exponents λ_1 … λ_k along the control axis at the longest sequence; of a single cell, λ_1 … λ_k of the first t steps over t.
/// </summary>
/// <param name="store">The results.</param>
internal sealed class LeadingCurves(IResultStore store)
{
    private const string Band = "the band from the 5 to the 95 percent quantile";

    /// <summary>The exponents along the control axis.</summary>
    public FigureSection? Exponents(SweepShape shape) => !shape.Data.Fixed.MeasuresLeading || shape.Control < 0 ? null : FigureSection.OfCharts(
        "leading",
        "Leading exponents",
        $"{Phrase.Capitalised(FewNetworks.Caption(shape.Data, $"the leading Lyapunov exponents λ_i {shape.AtLongestText}".TrimEnd(), "median", Band))}."
            + Omitted(Most(shape)),
        shape.AlongControl(),
        slice => Along(shape, slice));

    /// <summary>The exponents of a single cell over the first t steps.</summary>
    public FigureSection? History(SweepShape shape) => !shape.Data.Fixed.MeasuresLeading || shape.Data.CellCount != 1 ? null : FigureSection.OfCharts(
        "history",
        "Leading exponents over the steps",
        $"{Phrase.Capitalised(FewNetworks.Caption(shape.Data, "the exponents λ_i over the first t steps", "median", Band))}: how far they have converged. history.csv has the numbers."
            + Omitted(Most(shape)),
        Slice.All(shape.Data),
        slice => Running(slice.At()!));

    // The indices i that get a line: evenly spread over 1 … k.
    private static int[] Drawn(int count) => [.. Spread.Of(count, Series.Colours).Select(place => place + 1)];

    private static string Name(int i) => $"λ{string.Concat($"{i}".Select(digit => (char)('₀' + (digit - '0'))))}";

    private static int Most(SweepShape shape) => shape.Data.Cells.Max(cell => cell.Spec.ResolvedLeading);

    private static string Omitted(int count) => count <= Series.Colours ? "" : $" {Series.Colours} of {count} exponents are drawn.";

    private LineChart? Along(SweepShape shape, Slice slice)
    {
        (double X, ReportCell Cell, Reading[] Readings)[] cells = [.. slice.Cells().Where(pair => pair.Cell.Summary is not null).Select(pair => (pair.X, pair.Cell, Readings(pair.Cell)))];
        if (cells.Length == 0)
        {
            return null;
        }

        var chart = new LineChart { XLabel = shape.ControlAxis.Label, YLabel = "λ_i, nats per step", X = SweepShape.ScaleOf(shape.ControlAxis), Reference = 0, LabelHasName = true };
        int[] drawn = Drawn(cells.Max(entry => entry.Cell.Spec.ResolvedLeading));
        for (int s = 0; s < drawn.Length; s++)
        {
            int i = drawn[s];
            chart.Add(new Series(
                Name(i),
                Series.ColourOf(s, drawn.Length),
                [.. cells.Select(entry => Point(entry.X, Statistics(entry.Readings, reading => reading.Leading is { } leading && i <= leading.Exponents.Count ? leading.Exponents[i - 1] : double.NaN), entry.Cell.Row))])
            {
                Style = SeriesStyle.Band,
            });
        }

        return chart;
    }

    private LineChart? Running(ReportCell cell)
    {
        CellSpec spec = cell.Spec;
        Reading[] readings = cell.Summary is null ? [] : Readings(cell);
        int[] steps = [.. LeadingResult.HistorySteps(spec.SequenceLength)], drawn = Drawn(spec.ResolvedLeading);
        if (readings.Length == 0)
        {
            return null;
        }

        // Of one step a logarithmic scale would have no extent.
        var chart = new LineChart { XLabel = "step t", YLabel = "λ_i over the first t steps", X = steps.Length > 1 ? Scale.Log(1, spec.SequenceLength) : Scale.Linear(0, 1), Reference = 0, LabelHasX = true, LabelHasName = true };
        for (int s = 0; s < drawn.Length; s++)
        {
            int i = drawn[s];
            chart.Add(new Series(
                Name(i),
                Series.ColourOf(s, drawn.Length),
                [.. steps.Select((step, place) => Point(step, Statistics(readings, reading => reading.Leading is { } leading ? leading.History[(place * spec.ResolvedLeading) + i - 1] : double.NaN), cell.Row))])
            {
                Style = SeriesStyle.Band,
            });
        }

        return chart;
    }

    private Reading[] Readings(ReportCell cell) => [.. store.Find([new PlannedReading(cell.Spec, cell.Key)])[0]?.Replicates ?? []];

    private static SampleStatistics Statistics(Reading[] readings, Func<Reading, double> value) => SampleStatistics.Of([.. readings.Select(value)]);

    private static SeriesPoint Point(double x, SampleStatistics? values, int row) =>
        FewNetworks.Band(values) is var (low, high) ? new SeriesPoint(x, values?.Median ?? double.NaN, low, high, row) : default;
}
