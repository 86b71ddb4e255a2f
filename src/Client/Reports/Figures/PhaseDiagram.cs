using System.Text;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The median log10 spectral norm over the first two numeric axes, with the lines on which it crosses ±threshold, λ_max crosses 0, and the paper's
/// sufficient condition γ‖W‖₂ &lt; 1 ends.
/// </summary>
internal sealed class PhaseDiagram
{
    private const double BarHeight = 12;

    private readonly int _x, _y;
    private readonly ReportData _data;
    private readonly Frame _frame;
    private readonly double[] _xEdges, _yEdges;
    private readonly double _low, _high, _linear;

    private PhaseDiagram(ReportData data, int x, int y)
    {
        (_data, _x, _y) = (data, x, y);
        _xEdges = Edges(data.Axes[x]);
        _yEdges = Edges(data.Axes[y]);
        _frame = new Frame(ScaleOf(data.Axes[x], _xEdges), ScaleOf(data.Axes[y], _yEdges));
        double[] medians = [.. data.Cells.Select(cell => cell.Median).Where(double.IsFinite)];
        double threshold = data.Cells[0].Spec.Threshold;
        _linear = threshold > 0 ? threshold : 1;
        _low = Math.Max(Math.Min(medians.DefaultIfEmpty(0).Min(), -1.2 * _linear), -double.MaxValue);
        _high = Math.Min(Math.Max(medians.DefaultIfEmpty(0).Max(), 1.2 * _linear), double.MaxValue);
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
            "How far the Jacobian product has shrunk (blue) or grown (orange): the median over the replicates of log₁₀ of its spectral norm. The colour is linear "
            + "near 0 and logarithmic beyond." + (data.HasBounds ? " Below γ‖W‖₂ = 1 gradients must vanish." : ""),
            Slice.All(data, x, y),
            diagram.Draw);
    }

    private Figure Draw(Slice slice, string name)
    {
        var svg = new Svg();
        DrawCells(svg, slice);
        var legend = new Legend();
        double threshold = slice.At(0, 0)?.Spec.Threshold ?? _linear;
        DrawLine(svg, legend, "contour threshold", $"±{threshold}", slice, cell => cell.Median, threshold, -threshold);
        DrawLine(svg, legend, "contour zero", "λ = 0", slice, cell => cell.LyapunovMedian, 0);
        DrawLine(svg, legend, "contour bound", "γ‖W‖₂ = 1", slice, cell => cell.BoundExcess, 0);
        _frame.DrawAxes(svg, _data.Axes[_x].Label, _data.Axes[_y].Label);
        if (Enumerable.Range(0, _data.Axes[_x].Count).Any(i => Enumerable.Range(0, _data.Axes[_y].Count).Any(j => IsMissing(slice.At(i, j)))))
        {
            legend.AddArea("missing", "no number");
        }

        double y = legend.Draw(svg, _frame.Below);
        double height = DrawBar(svg, y + 4);
        return new Figure(name, slice.Title, svg.ToString(), height, Targets(slice));
    }

    // Cells of one colour share a path, and neighbours in a column a rectangle of it, so that ten thousand cells are drawn fast.
    private void DrawCells(Svg svg, Slice slice)
    {
        var paths = new SortedDictionary<int, StringBuilder>();
        int missing = DivergingColours.Count;
        for (int i = 0; i < _data.Axes[_x].Count; i++)
        {
            for (int j = 0; j < _data.Axes[_y].Count;)
            {
                int colour = Colour(slice.At(i, j));
                int end = j + 1;
                while (end < _data.Axes[_y].Count && Colour(slice.At(i, end)) == colour)
                {
                    end++;
                }

                (string left, string right, string bottom, string top) = (
                    Svg.Number(_frame.X(_xEdges[i])), Svg.Number(_frame.X(_xEdges[i + 1])), Svg.Number(_frame.Y(_yEdges[j])), Svg.Number(_frame.Y(_yEdges[end])));
                paths.TryAdd(colour, new StringBuilder());
                paths[colour].Append($"M{left} {bottom}H{right}V{top}H{left}Z");
                j = end;
            }
        }

        foreach ((int colour, StringBuilder path) in paths)
        {
            svg.Path(colour == missing ? "missing" : $"cell c{colour}", path.ToString());
        }

        int Colour(ReportCell? cell) => IsMissing(cell) ? missing : DivergingColours.Place(Fraction(cell!.Median));
    }

    private static bool IsMissing(ReportCell? cell) => cell is null || double.IsNaN(cell.Median);

    private double Fraction(double value)
    {
        double most = Math.Max(-_low, _high);
        return double.IsInfinity(value) ? Math.Sign(value) : Scale.SignedLog(value, _linear) / Scale.SignedLog(most, _linear);
    }

    private void DrawLine(Svg svg, Legend legend, string cssClass, string words, Slice slice, Func<ReportCell, double> field, params double[] levels)
    {
        double[] x = [.. _data.Axes[_x].Numbers.Select(_frame.X)], y = [.. _data.Axes[_y].Numbers.Select(_frame.Y)];
        string lines = string.Concat(levels.Distinct().SelectMany(level =>
            Contour.Lines(x, y, (i, j) => slice.At(i, j) is { } cell ? field(cell) : double.NaN, level).Select(Svg.Path)));
        if (lines.Length > 0)
        {
            svg.Path($"{cssClass.Split(' ')[0]} halo", lines);
            svg.Path(cssClass, lines);
            legend.AddLine(cssClass, words);
        }
    }

    private double DrawBar(Svg svg, double y)
    {
        Scale scale = Scale.SignedLog(_low, _high, _linear);
        double width = Frame.Right - Frame.Left;
        int first = DivergingColours.Place(Fraction(_low)), last = DivergingColours.Place(Fraction(_high));
        for (int colour = first; colour <= last; colour++)
        {
            double left = Frame.Left + (width * (colour - first) / (last - first + 1)), right = Frame.Left + (width * (colour - first + 1) / (last - first + 1));
            svg.Path($"cell c{colour}", $"M{Svg.Number(left)} {Svg.Number(y)}H{Svg.Number(right)}V{Svg.Number(y + BarHeight)}H{Svg.Number(left)}Z");
        }

        svg.Rect("frame", Frame.Left, y, width, BarHeight);
        foreach (Tick tick in Frame.Kept(scale.Ticks, Place, tick => Svg.Width(tick.Label)))
        {
            svg.Line("tick", Place(tick.Value), y + BarHeight, Place(tick.Value), y + BarHeight + 5);
            svg.Text("label", 'm', Place(tick.Value), y + BarHeight + 18, tick.Label);
        }

        svg.Title((Frame.Left + Frame.Right) / 2, y + BarHeight + 38, "median log₁₀ ‖∂x_T/∂x_0‖₂");
        return y + BarHeight + 46;

        double Place(double value) => Frame.Left + (scale.Fraction(value) * width);
    }

    private GridTargets Targets(Slice slice) => new(
        [.. _xEdges.Select(_frame.X)],
        [.. _yEdges.Select(_frame.Y)],
        [.. from i in Enumerable.Range(0, _data.Axes[_x].Count)
            from j in Enumerable.Range(0, _data.Axes[_y].Count)
            select slice.At(i, j)?.Row ?? -1]);

    private static Scale ScaleOf(ReportAxis axis, double[] edges) =>
        axis.IsLog ? Scale.Log(edges[0], edges[^1]) : Scale.Linear(edges[0], edges[^1]);

    // Edges lie halfway between neighbours, and as far beyond the ends; where no value is negative, no edge is.
    private static double[] Edges(ReportAxis axis)
    {
        double[] values = axis.IsLog ? [.. axis.Numbers.Select(Math.Log)] : [.. axis.Numbers];
        double[] edges =
        [
            values[0] - ((values[1] - values[0]) / 2),
            .. Enumerable.Range(1, values.Length - 1).Select(i => Middle(values[i - 1], values[i])),
            values[^1] + ((values[^1] - values[^2]) / 2),
        ];
        edges[0] = !axis.IsLog && values[0] >= 0 ? Math.Max(0, edges[0]) : edges[0];
        return axis.IsLog ? [.. edges.Select(edge => Math.Clamp(Math.Exp(edge), double.Epsilon, double.MaxValue))] : edges;

        static double Middle(double a, double b) => double.IsFinite(a + b) ? (a + b) / 2 : (a / 2) + (b / 2);
    }
}
