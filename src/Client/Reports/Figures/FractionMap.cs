using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The fractions of the networks that vanish and explode over two numeric axes, as heat maps in the colours of the phase diagram.</summary>
internal static class FractionMap
{
    private static readonly (string Words, bool IsCold, Func<ReportCell, double> Fraction)[] s_outcomes =
    [
        ("vanishing", true, cell => cell.Summary?.FractionVanishing ?? double.NaN),
        ("exploding", false, cell => cell.Summary?.FractionExploding ?? double.NaN),
    ];

    /// <summary>The maps of each slice, at most as many as a section has panels; an outcome that no network has gets none.</summary>
    public static FigureSection? Section(SweepShape shape, string id, string title, string caption)
    {
        Slice[] all = [.. shape.AlongControl(shape.SecondaryAxis)];
        var drawn = s_outcomes.Where(outcome => shape.AtLongest().Any(cell => outcome.Fraction(cell) > 0)).ToArray();
        Figure[] panels =
        [
            .. from place in Spread.Of(all.Length, FigureSection.MostPanels / s_outcomes.Length)
               from outcome in drawn
               select Draw(shape, all[place], $"{id}-{outcome.Words}{all[place].Suffix}", outcome),
        ];
        return panels.Length == 0 ? null : new FigureSection(id, title, caption, panels, all.Length * drawn.Length);
    }

    private static Figure Draw(SweepShape shape, Slice slice, string name, (string Words, bool IsCold, Func<ReportCell, double> Fraction) outcome)
    {
        slice.Data.Cancellation.ThrowIfCancellationRequested();
        // The axes lie as in the phase diagram: the first one of the sweep across.
        bool isTurned = shape.SecondaryAxis < shape.Control;
        (ReportAxis x, ReportAxis y) = (slice.Data.Axes[Math.Min(shape.Control, shape.SecondaryAxis)], slice.Data.Axes[Math.Max(shape.Control, shape.SecondaryAxis)]);
        double[] xEdges = HeatMap.Edges(x.Numbers, x.IsLog), yEdges = HeatMap.Edges(y.Numbers, y.IsLog);
        HeatMap map = HeatMap.OfFractions(new Frame(HeatMap.ScaleOf(x, xEdges), HeatMap.ScaleOf(y, yEdges)), xEdges, yEdges, outcome.IsCold);
        var svg = new Svg();
        map.DrawCells(svg, (i, j) => At(i, j) is { } cell && cell.Outcome != Outcome.Missing ? outcome.Fraction(cell) : double.NaN, (i, j) => At(i, j)?.IsPending == true);
        map.Frame.DrawAxes(svg, x.Label, y.Label);
        var legend = new Legend();
        map.AddMissingTo(legend);
        double below = legend.Draw(svg, map.Frame.Below);
        double height = map.DrawBar(svg, below + 4, $"fraction of the networks, {outcome.Words}");
        return new Figure(name, $"{outcome.Words}{(slice.Title.Length == 0 ? "" : $", {slice.Title}")}", svg.ToString(), height, map.Targets((i, j) => At(i, j)?.Row ?? -1) with
        {
            Parts = [.. s_outcomes.Select(part => (part.Words, $"fraction_{part.Words}"))],
        });

        ReportCell? At(int i, int j) => isTurned ? slice.At(j, i) : slice.At(i, j);
    }
}
