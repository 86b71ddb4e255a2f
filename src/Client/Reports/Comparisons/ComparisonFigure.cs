using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Comparisons;

/// <summary>The figure of a comparison: the difference over an axis, with its interval, a series for each value of a second axis.</summary>
internal static class ComparisonFigure
{
    private const string Name = "compare";

    // The most points of a series.
    private const int MostPoints = 200;

    /// <summary>
    /// The figure and its caption; null where no cells differ in a coordinate, or no difference is known. It lies over the spectral radius, else the first numeric axis, else the first; axes
    /// beyond the second are held at their first value.
    /// </summary>
    public static (Figure Figure, string Caption)? Of(Comparison comparison)
    {
        PlanMatch match = comparison.Match;
        int[] free = [.. Enumerable.Range(0, match.Fields.Length).Where(axis => match.CountOn(axis) > 1)];
        if (free.Length == 0)
        {
            return null;
        }

        ReportAxis[] axes = [.. match.Fields.Select((_, axis) => Axis(match, axis))];
        int across = free.OrderBy(axis => match.Fields[axis] == SweepFields.SpectralRadius ? 0 : !axes[axis].IsNumeric ? 3 : match.Fields[axis] == SweepFields.SequenceLength ? 2 : 1).First();
        int[] others = [.. free.Where(axis => axis != across).OrderBy(axis => match.Fields[axis] == SweepFields.SequenceLength ? 0 : 1)];
        int second = others.FirstOrDefault(-1);
        int[] held = [.. others.Skip(1)];
        var chart = new LineChart { XLabel = axes[across].Label, YLabel = $"B − A of {comparison.Column.Name.Replace('_', ' ')}", X = SweepShape.ScaleOf(axes[across]), Reference = 0 };
        IReadOnlyList<int> series = second < 0 ? [-1] : Spread.Of(axes[second].Count, Series.Colours);
        ILookup<int, ComparedCell> cells = comparison.Cells.Where(cell => held.All(axis => match.PlaceOn(axis, cell.Pair) == 0))
            .ToLookup(cell => second < 0 ? -1 : axes[second].Order.IndexOf((int)match.PlaceOn(second, cell.Pair)));
        foreach ((int index, int place) in series.Index())
        {
            ComparedCell[] along = [.. cells[place].OrderBy(cell => Place(cell))];
            chart.Add(new Series(place < 0 ? null : axes[second].LabelOf(place), Series.ColourOf(index, series.Count),
            [
                .. Spread.Of(along.Length, MostPoints).Select(i => along[i]).Select(cell => new SeriesPoint(
                    axes[across].Numbers[Place(cell)], cell.Difference?.Difference ?? double.NaN, cell.Difference?.Low ?? double.NaN, cell.Difference?.High ?? double.NaN, -1)),
            ]));
        }

        string at = held.Length == 0 ? "" : $" at {string.Join(", ", held.Select(axis => $"{match.Fields[axis]} {match.Value(axis, 0).Text}"))}";
        string omitted = second < 0 ? "" : Spread.OmittedNote(axes[second], series.Count);
        return chart.Draw(Name, "", [.. chart.Values]) is { } figure
            ? (figure, $"The difference of {comparison.Column.Title}, B − A, with its 95 percent interval{at}.{omitted}")
            : null;

        int Place(ComparedCell cell) => axes[across].Order.IndexOf((int)match.PlaceOn(across, cell.Pair));
    }

    private static ReportAxis Axis(PlanMatch match, int axis)
    {
        FieldValue[] values = [.. Enumerable.Range(0, (int)match.CountOn(axis)).Select(place => match.Value(axis, place))];
        return ReportAxis.Of(match.Fields[axis], values, values.Length);
    }
}
