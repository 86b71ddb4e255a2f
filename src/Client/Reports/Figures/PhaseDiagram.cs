using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The median log10 spectral norm over the first two numeric axes, with the lines on which it crosses ±threshold, λ_max crosses 0, and the paper's
/// sufficient condition γ‖W‖₂ &lt; 1 ends.
/// </summary>
internal sealed class PhaseDiagram
{
    private readonly int _x, _y;
    private readonly ReportData _data;
    private readonly HeatMap _map;
    private readonly double _linear;

    private PhaseDiagram(ReportData data, int x, int y)
    {
        (_data, _x, _y) = (data, x, y);
        double[] xEdges = Edges(data.Axes[x]), yEdges = Edges(data.Axes[y]);
        double threshold = data.Cells[0].Spec.Threshold;
        _linear = threshold > 0 ? threshold : 1;
        _map = new HeatMap(new Frame(ScaleOf(data.Axes[x], xEdges), ScaleOf(data.Axes[y], yEdges)), xEdges, yEdges, data.Cells.Select(cell => cell.Median), _linear);
    }

    public static FigureSection? Section(ReportData data)
    {
        int[] numeric = [.. Enumerable.Range(0, data.Axes.Length).Where(axis => data.Axes[axis] is { IsNumeric: true, Count: > 1 })];
        if (numeric.Length < 2 || data.Cells.Count == 0)
        {
            return null;
        }

        (int x, int y) = (numeric[0], numeric[1]);
        var diagram = new PhaseDiagram(data, x, y);
        return FigureSection.Of(
            "phase-diagram",
            "Phase diagram",
            $"How far the Jacobian product has shrunk (blue) or grown (orange): {(FewNetworks.AreSingle(data.Cells) ? "" : "the median over the replicates of ")}log₁₀ of its spectral norm. The colour is linear "
            + "near 0 and logarithmic beyond." + (data.HasBounds ? " Below γ‖W‖₂ = 1 gradients must vanish." : ""),
            Slice.All(data, x, y),
            diagram.Draw);
    }

    private Figure Draw(Slice slice, string name)
    {
        var svg = new Svg();
        _map.DrawCells(svg, (i, j) => slice.At(i, j)?.Median ?? double.NaN);
        var legend = new Legend();
        double threshold = slice.At(0, 0)?.Spec.Threshold ?? _linear;
        DrawLine(svg, legend, "contour threshold", $"±{threshold}", slice, cell => cell.Median, threshold, -threshold);
        DrawLine(svg, legend, "contour zero", "λ = 0", slice, cell => cell.LyapunovMedian, 0);
        DrawLine(svg, legend, "contour bound", "γ‖W‖₂ = 1", slice, cell => cell.BoundExcess, 0);
        _map.Frame.DrawAxes(svg, _data.Axes[_x].Label, _data.Axes[_y].Label);
        if (Enumerable.Range(0, _data.Axes[_x].Count).Any(i => Enumerable.Range(0, _data.Axes[_y].Count).Any(j => IsMissing(slice.At(i, j)))))
        {
            legend.AddArea("missing", "no number");
        }

        double y = legend.Draw(svg, _map.Frame.Below);
        double height = _map.DrawBar(svg, y + 4, FewNetworks.AreSingle(_data.Cells) ? "log₁₀ ‖∂x_T/∂x_0‖₂" : "median log₁₀ ‖∂x_T/∂x_0‖₂");
        return new Figure(name, slice.Title, svg.ToString(), height, _map.Targets((i, j) => slice.At(i, j)?.Row ?? -1));
    }

    private static bool IsMissing(ReportCell? cell) => cell is null || double.IsNaN(cell.Median);

    private void DrawLine(Svg svg, Legend legend, string cssClass, string words, Slice slice, Func<ReportCell, double> field, params double[] levels)
    {
        double[] x = [.. _data.Axes[_x].Numbers.Select(_map.Frame.X)], y = [.. _data.Axes[_y].Numbers.Select(_map.Frame.Y)];
        string lines = string.Concat(levels.Distinct().SelectMany(level =>
            Contour.Lines(x, y, (i, j) => slice.At(i, j) is { } cell ? field(cell) : double.NaN, level).Select(Svg.Path)));
        if (lines.Length > 0)
        {
            svg.Path($"{cssClass.Split(' ')[0]} halo", lines);
            svg.Path(cssClass, lines);
            legend.AddLine(cssClass, words);
        }
    }

    private static Scale ScaleOf(ReportAxis axis, double[] edges) =>
        axis.IsLog ? Scale.Log(edges[0], edges[^1]) : Scale.Linear(edges[0], edges[^1]);

    private static double[] Edges(ReportAxis axis) => HeatMap.Edges(axis.Numbers, axis.IsLog);
}
