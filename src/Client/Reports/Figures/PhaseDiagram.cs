using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The median log10 spectral norm, or where it is not measured the median λ, over the first two numeric axes, with the lines on which it crosses ±threshold, λ_max and that of mean-field theory cross 0, and the paper's
/// sufficient condition γ‖W‖₂ &lt; 1 ends.
/// </summary>
internal sealed class PhaseDiagram
{
    // With more values of an axis, the grid is finer than the resolution of the drawing, and linear interpolation suffices.
    private const int MostRefined = 40;

    // A closed line of up to eight segments encloses one to three cells, fewer than the grid resolves.
    private const int SmallestLoop = 9;

    // Exponents beyond ±0.1 nats per step have logarithmic colours.
    private const double LinearExponent = 0.1;

    private const string Theory = "contour theory", Bound = "contour bound";

    private readonly int _x, _y;
    private readonly ReportData _data;
    private readonly HeatMap _map;
    private readonly double _linear;

    // The kinds of lines that are drawn in any panel, for the caption.
    private readonly HashSet<string> _drawn = [];

    private PhaseDiagram(ReportData data, int x, int y)
    {
        (_data, _x, _y) = (data, x, y);
        double[] xEdges = Edges(data.Axes[x]), yEdges = Edges(data.Axes[y]);
        double threshold = data.Cells[0].Spec.Threshold;
        _linear = !data.Fixed.MeasuresNorms ? LinearExponent : threshold > 0 ? threshold : 1;
        _map = new HeatMap(new Frame(HeatMap.ScaleOf(data.Axes[x], xEdges), HeatMap.ScaleOf(data.Axes[y], yEdges)), xEdges, yEdges, data.Cells.Select(Value), _linear);
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
        FigureSection? section = FigureSection.Of("phase-diagram", "Phase diagram", "", Slice.All(data, x, y), diagram.Draw);
        return section is null ? null : section with { Caption = diagram.Caption() };
    }

    private string Caption() =>
        $"{(_data.Fixed.MeasuresNorms ? "How far the Jacobian product has shrunk (blue) or grown (orange): " : "How fast perturbations shrink (blue) or grow (orange): ")}"
        + $"{(FewNetworks.AreSingle(_data.Cells) ? "" : "the median over the replicates of ")}{(_data.Fixed.MeasuresNorms ? "log₁₀ of its spectral norm" : "the exponent λ")}. The colour is linear "
        + $"within ±{_linear} and logarithmic beyond."
        + (_drawn.Contains(Theory) ? " On the dash-dotted line λ of mean-field theory (N → ∞) is 0." : "")
        + (_drawn.Contains(Bound) ? " Below γ‖W‖₂ = 1 gradients must vanish." : "");

    private Figure Draw(Slice slice, string name)
    {
        var svg = new Svg();
        _map.DrawCells(svg, (i, j) => slice.At(i, j) is { } cell ? Value(cell) : double.NaN, (i, j) => slice.At(i, j)?.IsPending == true);
        var legend = new Legend();
        double threshold = slice.At(0, 0)?.Spec.Threshold ?? _linear;
        DrawThresholds(svg, legend, slice, threshold);
        DrawLine(svg, legend, Bound, "γ‖W‖₂ = 1", slice, cell => cell.BoundExcess);
        DrawLine(svg, legend, "contour zero", "λ = 0", slice, cell => cell.LyapunovMedian);
        DrawLine(svg, legend, Theory, "λ = 0 of theory", slice, TheoryZero.Lyapunov, ZeroOfTheory(slice));
        _map.Frame.DrawAxes(svg, _data.Axes[_x].Label, _data.Axes[_y].Label);
        _map.AddMissingTo(legend);
        double y = legend.Draw(svg, _map.Frame.Below);
        string quantity = (FewNetworks.AreSingle(_data.Cells) ? "" : "median ") + (_data.Fixed.MeasuresNorms ? "log₁₀ ‖∂x_T/∂x_0‖₂" : "λ, nats per step");
        double height = _map.DrawBar(svg, y + 4, quantity);
        GridTargets targets = _map.Targets((i, j) => slice.At(i, j)?.Row ?? -1) with { Parts = [(quantity, _data.Fixed.MeasuresNorms ? "log10_spectral_norm_median" : "lyapunov_max_median")] };
        return new Figure(name, slice.Title, svg.ToString(), height, targets);
    }

    // Leading exponents alone have no product.
    private static double Value(ReportCell cell) => cell.Spec.MeasuresNorms ? cell.Median : cell.LyapunovMedian;

    // Where the norm passes from below −threshold to above threshold between neighbouring cells, the grid does not resolve the two lines, and neither is drawn.
    private void DrawThresholds(Svg svg, Legend legend, Slice slice, double threshold)
    {
        double[] levels = threshold == 0 ? [0] : [-threshold, threshold];
        IEnumerable<IReadOnlyList<(double X, double Y)>> lines = levels.SelectMany(level => Lines(slice, cell => cell.Median, level, null, levels.Length == 1 ? null : PassesBoth));
        Draw(svg, legend, "contour threshold", threshold == 0 ? "0" : $"±{threshold}", lines);

        bool PassesBoth(int i, int j)
        {
            double[] corners = [.. new[] { slice.At(i, j), slice.At(i + 1, j), slice.At(i, j + 1), slice.At(i + 1, j + 1) }.Select(cell => cell?.Median ?? double.NaN)];
            return corners.Min() < -threshold && corners.Max() >= threshold;
        }
    }

    private void DrawLine(Svg svg, Legend legend, string cssClass, string words, Slice slice, Func<ReportCell, double> field, Func<int, int, bool, double>? crossing = null) =>
        Draw(svg, legend, cssClass, words, Lines(slice, field, 0, crossing, null));

    private IReadOnlyList<IReadOnlyList<(double X, double Y)>> Lines(
        Slice slice, Func<ReportCell, double> field, double level, Func<int, int, bool, double>? crossing, Func<int, int, bool>? isOmitted)
    {
        double[] x = [.. _data.Axes[_x].Numbers.Select(_map.Frame.X)], y = [.. _data.Axes[_y].Numbers.Select(_map.Frame.Y)];
        return [.. Contour.Lines(x, y, (i, j) => slice.At(i, j) is { } cell ? field(cell) : double.NaN, level, crossing, isOmitted).Where(line => line.Count > SmallestLoop || line[0] != line[^1])];
    }

    private void Draw(Svg svg, Legend legend, string cssClass, string words, IEnumerable<IReadOnlyList<(double X, double Y)>> lines)
    {
        string path = string.Concat(lines.Select(Svg.Path));
        if (path.Length > 0)
        {
            string key = cssClass[(cssClass.LastIndexOf(' ') + 1)..];
            Legend.Keyed(svg, [key], () =>
            {
                svg.Path("contour halo", path);
                svg.Path(cssClass, path);
            });
            legend.AddLine(cssClass, words, key);
            _drawn.Add(cssClass);
        }
    }

    // Theory is known between the cells, too.
    private Func<int, int, bool, double>? ZeroOfTheory(Slice slice) => Math.Max(_data.Axes[_x].Count, _data.Axes[_y].Count) > MostRefined ? null : (i, j, isAlongX) =>
    {
        _data.Cancellation.ThrowIfCancellationRequested();
        double zero = TheoryZero.Between(_data, isAlongX ? _x : _y, slice.At(i, j)!, (isAlongX ? slice.At(i + 1, j) : slice.At(i, j + 1))!);
        return isAlongX ? _map.Frame.X(zero) : _map.Frame.Y(zero);
    };

    private static double[] Edges(ReportAxis axis) => HeatMap.Edges(axis.Numbers, axis.IsLog);
}
