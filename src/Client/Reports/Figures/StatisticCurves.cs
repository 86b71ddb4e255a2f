using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Statistics of the readings along the control axis at the longest sequence, beside theory where there is one; a figure for each that the sweep measures.</summary>
internal static class StatisticCurves
{
    private const string Band = "its range from the 5 to the 95 percent quantile";

    private static readonly (string Column, Func<CellTheory, double>? Theory, string Id, string Title, string What)[] s_statistics =
    [
        ("unstable_fraction", theory => theory.UnstableFraction, "unstable-fraction", "Unstable fraction", "the share of exponents above 0"),
        ("entropy_rate", theory => theory.EntropyRate, "entropy-rate", "Entropy rate", "the sum of the exponents above 0, in nats per step"),
        ("kaplan_yorke_dimension", theory => theory.KaplanYorkeDimension, "dimension", "Kaplan–Yorke dimension", "the dimension of Kaplan and Yorke"),
        ("participation_ratio", null, "participation-ratio", "Participation ratio", "the participation ratio of the state"),
        ("autocorrelation_time", null, "autocorrelation-time", "Autocorrelation time", "the autocorrelation time of the state, in steps"),
    ];

    private static readonly (string Column, string Words)[] s_lags = [("vanishing_lag", "vanishing"), ("halving_lag", "halving"), ("exploding_lag", "exploding")];

    /// <summary>The names of the statistics that have a figure, with what draws it.</summary>
    public static IEnumerable<(string Id, Func<FigureSection?> Draw)> All(SweepShape shape) =>
    [
        .. s_statistics.Select(statistic => (statistic.Id, (Func<FigureSection?>)(() => OfColumn(shape, Column(statistic.Column), statistic.Theory, statistic.Id, statistic.Title, statistic.What)))),
        ("vanishing-lags", () => Lags(shape)),
        ("gates", () => Gates(shape)),
    ];

    private static ReadingColumn Column(string name) => ReadingColumns.All.First(column => column.Name == name);

    private static FigureSection? OfColumn(SweepShape shape, ReadingColumn column, Func<CellTheory, double>? theory, string id, string title, string what)
    {
        if (shape.Control < 0 || !ReadingColumns.IsMeasured(column.Group, shape.Data.Fixed))
        {
            return null;
        }

        bool hasTheory = theory is not null && shape.AtLongest().Any(cell => cell.Summary is { } summary && double.IsFinite(theory(summary.Theory)));
        string unknown = shape.Data.Fixed.MeasuresSpectrum || theory is null ? "" : id == "dimension"
            ? "; not known where the sum of the exponents that are measured is not below 0"
            : "; not known where the last exponent that is measured is above 0";
        return FigureSection.OfCharts(
            id,
            title,
            Phrase.Capitalised(FewNetworks.Caption(shape.Data, $"{what} {shape.AtLongestText}".TrimEnd(), "median", Band))
                + (hasTheory ? "; the thin line is mean-field theory, N → ∞" : "") + unknown + "." + shape.OmittedNote(shape.SecondaryAxis),
            shape.SecondaryAxis < 0 ? shape.AlongControl() : shape.AlongControl(shape.SecondaryAxis),
            slice => Draw(slice));

        LineChart Draw(Slice slice)
        {
            var chart = new LineChart { XLabel = shape.ControlAxis.Label, YLabel = column.Name.Replace('_', ' '), X = SweepShape.ScaleOf(shape.ControlAxis), Reference = 0, IsDodged = true };
            IReadOnlyList<int> chosen = shape.Drawn(shape.SecondaryAxis);
            var theories = new List<(int Colour, SeriesPoint[] Points)>();
            foreach ((int i, int place) in chosen.Index())
            {
                int colour = Series.ColourOf(i, chosen.Count);
                (double X, ReportCell Cell)[] cells = [.. slice.Cells(place)];
                chart.Add(new Series(
                    place < 0 ? null : shape.Data.Axes[shape.SecondaryAxis].LabelOf(place), colour, [.. cells.Select(pair => Point(pair.X, pair.Cell.Summary?.Statistics(column), pair.Cell.Row))])
                {
                    Style = chosen.Count > 1 ? SeriesStyle.Line : SeriesStyle.Band, // bands of several lines would cover each other
                });
                SeriesPoint[] ofTheory = theory is null ? [] : [.. cells.Select(pair => new SeriesPoint(pair.X, pair.Cell.Summary is { } summary ? theory(summary.Theory) : double.NaN, double.NaN, double.NaN, -1))];
                if (ofTheory.Any(point => double.IsFinite(point.Y)) && !theories.Any(other => other.Points.SequenceEqual(ofTheory)))
                {
                    theories.Add((colour, ofTheory));
                }
            }

            foreach ((int colour, SeriesPoint[] points) in theories)
            {
                chart.Add(new Series(null, theories.Count == 1 ? Series.Ink : colour, points) { Style = SeriesStyle.Theory });
            }

            chart.Note(SeriesStyle.Theory, "mean field");
            return chart;
        }
    }

    // The lags at which a gradient has vanished, exploded or halved. Where fewer than half of the networks have such a lag, there is no median.
    private static FigureSection? Lags(SweepShape shape) => shape.Control < 0 || !shape.Data.Fixed.MeasuresLags ? null : FigureSection.OfCharts(
        "vanishing-lags",
        "Lags at which gradients vanish",
        $"{(FewNetworks.AreSingle(shape.Data.Cells) ? "The" : "The median over the replicates of the")} first lag at which the gradient has vanished, halved or exploded{(shape.Length < 0 ? "" : $", at {shape.LengthAxis.LabelOf(shape.Longest)}")}; "
            + $"no point where {(FewNetworks.AreSingle(shape.Data.Cells) ? "it never does" : "fewer than half of the networks do")} within the sequence.",
        shape.AlongControl(),
        slice =>
        {
            var chart = new LineChart { XLabel = shape.ControlAxis.Label, YLabel = "lag k, steps", X = SweepShape.ScaleOf(shape.ControlAxis), LinearWithin = 10, LabelHasName = true };
            foreach ((int i, (string column, string words)) in s_lags.Index())
            {
                SeriesPoint[] points = [.. slice.Cells().Select(pair => new SeriesPoint(pair.X, pair.Cell.Summary?.Median(Column(column)).Median ?? double.NaN, double.NaN, double.NaN, pair.Cell.Row))];
                if (points.Any(point => double.IsFinite(point.Y)))
                {
                    chart.Add(new Series(words, Series.ColourOf(i, s_lags.Length), points));
                }
            }

            return chart;
        });

    private static FigureSection? Gates(SweepShape shape)
    {
        ReadingColumn[] means = [.. ReadingColumns.All.Where(column => column.Group == ColumnGroup.Gates && column.Name.EndsWith("_gate_mean", StringComparison.Ordinal))];
        return shape.Control < 0 || shape.Data.Cells.TrueForAll(cell => !ReadingColumns.IsMeasured(ColumnGroup.Gates, cell.Spec)) ? null : FigureSection.OfCharts(
            "gates",
            "Gates",
            $"The mean of each gate over units and steps{(shape.Length < 0 ? "" : $" at {shape.LengthAxis.LabelOf(shape.Longest)}")}, and the band from its 5 to its 95 percent quantile"
                + (FewNetworks.AreSingle(shape.Data.Cells) ? "." : ", each the mean over the replicates."),
            shape.AlongControl(),
            slice =>
            {
                var chart = new LineChart { XLabel = shape.ControlAxis.Label, YLabel = "gate", X = SweepShape.ScaleOf(shape.ControlAxis), Limits = (0, 1), LabelHasName = true };
                ReadingColumn[] known = [.. means.Where(mean => slice.Cells().Any(pair => pair.Cell.Summary is { } summary && double.IsFinite(summary.Statistics(mean).Mean)))];
                foreach ((int i, ReadingColumn mean) in known.Index())
                {
                    string gate = mean.Name[..^"_mean".Length];
                    ReadingColumn low = Column($"{gate}_p05"), high = Column($"{gate}_p95");
                    chart.Add(new Series(gate.Replace('_', ' '), Series.ColourOf(i, known.Length),
                    [
                        .. slice.Cells().Select(pair => pair.Cell.Summary is { } summary
                            ? new SeriesPoint(pair.X, summary.Statistics(mean).Mean, summary.Statistics(low).Mean, summary.Statistics(high).Mean, pair.Cell.Row)
                            : new SeriesPoint(pair.X, double.NaN, double.NaN, double.NaN, pair.Cell.Row)),
                    ])
                    {
                        Style = SeriesStyle.Band,
                    });
                }

                return chart;
            });
    }

    private static SeriesPoint Point(double x, SampleStatistics? values, int row) =>
        FewNetworks.Band(values) is var (low, high) ? new SeriesPoint(x, values?.Median ?? double.NaN, low, high, row) : default;
}
