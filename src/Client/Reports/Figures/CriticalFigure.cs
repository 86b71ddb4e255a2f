using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The result of a search along an axis: over a second axis the line of critical values; without one the column at all points, with the critical value on the
/// line of the target.
/// </summary>
internal static class CriticalFigure
{
    private const string Id = "critical";

    // More points of a line could not be told apart.
    private const int MostPoints = 240;

    public static FigureSection? Section(ReportData data, LocatingSearch search)
    {
        CriticalLine[] lines = [.. search.Critical()];
        ReportAxis located = Axis(data, search, search.Locating.Field.Name);
        int[] others = [.. Enumerable.Range(0, search.Grid.Axes.Length).Where(axis => search.Grid.Axes[axis] is { Count: > 1 } && search.Grid.Axes[axis].Field != search.Locating.Field)];
        data.Cancellation.ThrowIfCancellationRequested();
        (LineChart chart, string caption) = others.Length == 0 ? Values(data, search, lines[0], located) : Line(data, search, lines, located, others);
        return chart.Draw(Id, "", [.. chart.Values]) is { } figure ? new FigureSection(Id, $"Critical {located.Label}", caption, [figure], 1) : null;
    }

    private static (LineChart Chart, string Caption) Values(ReportData data, LocatingSearch search, CriticalLine line, ReportAxis located)
    {
        double target = search.Locating.Target;
        var chart = new LineChart { XLabel = located.Label, YLabel = search.Locating.Column.Replace('_', ' '), X = SweepShape.ScaleOf(located), Reference = target, LabelHasX = true, LabelHasName = true };
        var values = new SortedDictionary<double, List<double>>();
        for (int series = 0; series < line.Brackets.Length; series++)
        {
            (double[] x, double[] y) = search.Series(line.Cell, series);
            foreach ((double point, double value) in x.Zip(y).Where(pair => !double.IsNaN(pair.Second)))
            {
                (values.TryGetValue(point, out List<double>? known) ? known : values[point] = []).Add(value);
            }
        }

        bool areMany = line.IsOfReplicates && line.Brackets.Length > 1;
        chart.Add(new Series(areMany ? "median of the networks" : null, 1, [.. values.Select(point => Point(point.Key, SampleStatistics.Of([.. point.Value]), RowOf(data, search, line, point.Key)))]) { Style = areMany ? SeriesStyle.Band : SeriesStyle.Line });
        double[] ends = [.. new[] { line.Value.Low, line.Value.Median, line.Value.High }.Where(double.IsFinite)];
        if (ends.Length > 0)
        {
            chart.Add(new Series("critical value and its interval", 4, [.. ends.Select(x => new SeriesPoint(x, target, double.NaN, double.NaN, -1))]));
        }

        return (chart, $"{search.Locating.Column} at the points of the search for {search.Locating.Text}"
            + (areMany ? ": the median over the networks, with the band from the 5 to the 95 percent quantile." : "."));
    }

    private static SeriesPoint Point(double x, SampleStatistics values, int row) => new(x, values.Median, values.Q05, values.Q95, row);

    // The row, in the report's table, of the line's cell nearest to a value of the axis that is searched.
    private static int RowOf(ReportData data, LocatingSearch search, CriticalLine line, double value)
    {
        int[] places =
        [
            .. data.Axes.Select((axis, a) => axis.Name == search.Locating.Field.Name
                ? Enumerable.Range(0, axis.Count).MinBy(place => Math.Abs(axis.Numbers[place] - value))
                : axis.Texts.IndexOf(search.Grid.Coordinate(line.Cell, a))),
        ];
        return places.Contains(-1) ? -1 : data.At(places)?.Row ?? -1;
    }

    private static (LineChart Chart, string Caption) Line(ReportData data, LocatingSearch search, CriticalLine[] lines, ReportAxis located, int[] others)
    {
        ReportAxis[] axes = [.. search.Grid.Axes.Select(axis => Axis(data, search, axis.Field.Name))];
        int across = others.OrderBy(axis => (axes[axis].IsNumeric, axes[axis].Name == SweepFields.SequenceLength.Name) switch { (true, false) => 0, (true, true) => 1, _ => 2 }).First();
        int[] rest = [.. others.Where(axis => axis != across)];
        var chart = new LineChart { XLabel = axes[across].Label, YLabel = $"critical {located.Label}", X = SweepShape.ScaleOf(axes[across]) };
        var groups = lines.GroupBy(line => string.Join(", ", rest.Select(axis => axes[axis].LabelOf(Place(axis, line))))).ToArray();
        int[] drawn = [.. Spread.Of(groups.Length, Series.Colours)];
        foreach ((int index, int group) in drawn.Index())
        {
            CriticalLine[] along = [.. groups[group].OrderBy(line => Place(across, line))];
            chart.Add(new Series(rest.Length == 0 ? null : groups[group].Key, Series.ColourOf(index, drawn.Length),
            [
                .. Spread.Of(along.Length, MostPoints).Select(i => along[i]).Where(line => double.IsFinite(line.Value.Median))
                    .Select(line => new SeriesPoint(axes[across].Numbers[Place(across, line)], line.Value.Median, line.Value.Low, line.Value.High, RowOf(data, search, line, line.Value.Median))),
            ]));
        }

        bool areMany = lines.Any(line => line.IsOfReplicates && line.Value.Count > 1);
        string omitted = drawn.Length < groups.Length ? $" {drawn.Length} of {groups.Length} lines are drawn." : "";
        return (chart, $"Where {search.Locating.Text.Replace('_', ' ')}"
            + (areMany ? ": the median over the networks, each with a root of its own, and the 95 percent interval of the median." : ", with the bracket of the root.") + omitted);

        int Place(int axis, CriticalLine line) => axes[axis].Order.IndexOf((int)search.Grid.PlaceOn(axis, line.Cell));
    }

    private static ReportAxis Axis(ReportData data, LocatingSearch search, string name)
    {
        Axis axis = search.Grid.Axes.First(axis => axis.Field.Name == name);
        return ReportAxis.Of(axis, Enumerable.Range(0, checked((int)axis.Count)).Select(i => (long)i), data.LabelOf(axis.Field));
    }
}
