using System.Text;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>A grid of cells in the colours of a logarithm: blue below 0 and orange above, linear near 0 and logarithmic beyond.</summary>
internal sealed class HeatMap
{
    /// <summary>The class of cells that are not computed yet: an outline without a colour.</summary>
    public const string Pending = "grid";

    public const string PendingWords = "not computed yet";

    private const double BarHeight = 12;

    private readonly double _low, _high, _linear;

    // −1 where larger values are bluer, which only fractions are.
    private readonly int _side = 1;

    private bool _hasMissing, _hasPending;

    /// <param name="frame">The axes.</param>
    /// <param name="xEdges">The edges of the columns, ascending.</param>
    /// <param name="yEdges">The edges of the rows, ascending.</param>
    /// <param name="values">All values, of which the finite ones give the ends of the colours.</param>
    /// <param name="linear">The absolute value from which the colours are logarithmic.</param>
    public HeatMap(Frame frame, double[] xEdges, double[] yEdges, IEnumerable<double> values, double linear)
    {
        (Frame, XEdges, YEdges, _linear) = (frame, xEdges, yEdges, linear);
        double[] finite = [.. values.Where(double.IsFinite)];
        _low = Math.Max(Math.Min(finite.DefaultIfEmpty(0).Min(), -1.2 * _linear), -double.MaxValue);
        _high = Math.Min(Math.Max(finite.DefaultIfEmpty(0).Max(), 1.2 * _linear), double.MaxValue);
    }

    private HeatMap(Frame frame, double[] xEdges, double[] yEdges, int side) =>
        (Frame, XEdges, YEdges, _low, _high, _linear, _side) = (frame, xEdges, yEdges, 0, 1, double.NaN, side);

    /// <summary>A map of fractions from 0 to 1, whose colours are linear.</summary>
    /// <param name="frame">The axes.</param>
    /// <param name="xEdges">The edges of the columns, ascending.</param>
    /// <param name="yEdges">The edges of the rows, ascending.</param>
    /// <param name="isCold">Whether the colours are blue, else orange.</param>
    public static HeatMap OfFractions(Frame frame, double[] xEdges, double[] yEdges, bool isCold) => new(frame, xEdges, yEdges, isCold ? -1 : 1);

    public Frame Frame { get; }

    public double[] XEdges { get; }

    public double[] YEdges { get; }

    /// <summary>Number of columns.</summary>
    public int Columns => XEdges.Length - 1;

    /// <summary>Number of rows.</summary>
    public int Rows => YEdges.Length - 1;

    /// <summary>Draws the cells; those of one colour share a path, and neighbours in a column a rectangle of it, so that ten thousand cells are drawn fast.</summary>
    /// <param name="svg">The drawing.</param>
    /// <param name="value">The value of a column and a row; NaN where there is none.</param>
    /// <param name="isPending">Whether a cell without a value is not computed yet.</param>
    public void DrawCells(Svg svg, Func<int, int, double> value, Func<int, int, bool>? isPending = null)
    {
        var paths = new SortedDictionary<int, StringBuilder>();
        int missing = DivergingColours.Count, pending = missing + 1;
        for (int i = 0; i < Columns; i++)
        {
            for (int j = 0; j < Rows;)
            {
                int colour = Colour(i, j);
                int end = j + 1;
                while (end < Rows && Colour(i, end) == colour)
                {
                    end++;
                }

                (string left, string right, string bottom, string top) = (
                    Svg.Number(Frame.X(XEdges[i])), Svg.Number(Frame.X(XEdges[i + 1])), Svg.Number(Frame.Y(YEdges[j])), Svg.Number(Frame.Y(YEdges[end])));
                paths.TryAdd(colour, new StringBuilder());
                paths[colour].Append($"M{left} {bottom}H{right}V{top}H{left}Z");
                j = end;
            }
        }

        foreach ((int colour, StringBuilder path) in paths)
        {
            svg.Path(colour == missing ? "missing" : colour == pending ? Pending : $"cell c{colour}", path.ToString());
        }

        _hasMissing = paths.ContainsKey(missing);
        _hasPending = paths.ContainsKey(pending);

        int Colour(int i, int j) => !double.IsNaN(value(i, j)) ? Place(value(i, j)) : isPending?.Invoke(i, j) == true ? pending : missing;
    }

    /// <summary>Adds the cells without a colour to a legend, of the cells that were drawn last.</summary>
    public void AddMissingTo(Legend legend)
    {
        if (_hasMissing)
        {
            legend.AddArea("missing", "no number");
        }

        if (_hasPending)
        {
            legend.AddArea(Pending, PendingWords);
        }
    }

    /// <summary>Draws the scale of the colours; returns the y below it.</summary>
    public double DrawBar(Svg svg, double y, string title)
    {
        bool isLinear = double.IsNaN(_linear);
        Scale scale = isLinear ? Scale.Linear(_low, _high) : Scale.SignedLog(_low, _high, _linear);
        double width = Frame.Right - Frame.Left;
        int first = Place(_low), last = Place(_high), count = Math.Abs(last - first) + 1;
        for (int step = 0; step < count; step++)
        {
            double left = Frame.Left + (width * step / count), right = Frame.Left + (width * (step + 1) / count);
            svg.Path($"cell c{first + (_side * step)}", $"M{Svg.Number(left)} {Svg.Number(y)}H{Svg.Number(right)}V{Svg.Number(y + BarHeight)}H{Svg.Number(left)}Z");
        }

        svg.Rect("frame", Frame.Left, y, width, BarHeight);
        foreach (Tick tick in Frame.Kept(scale.Ticks, At, tick => Svg.Width(tick.Label)))
        {
            svg.Line("tick", At(tick.Value), y + BarHeight, At(tick.Value), y + BarHeight + 5);
            svg.Text("label", 'm', At(tick.Value), y + BarHeight + 18, tick.Label);
        }

        svg.Title((Frame.Left + Frame.Right) / 2, y + BarHeight + 38, isLinear ? title : $"{title}, symlog");
        return y + BarHeight + 46;

        double At(double value) => Frame.Left + (scale.Fraction(value) * width);
    }

    /// <summary>The cells that a pointer can select.</summary>
    /// <param name="row">The row of the table of a column and a row; −1 where there is none.</param>
    public GridTargets Targets(Func<int, int, int> row) => new(
        [.. XEdges.Select(edge => Frame.X(edge))],
        [.. YEdges.Select(edge => Frame.Y(edge))],
        [.. from i in Enumerable.Range(0, Columns)
            from j in Enumerable.Range(0, Rows)
            select row(i, j)]);

    /// <summary>Edges halfway between ascending values, and as far beyond the ends; where no value is negative, no edge is.</summary>
    /// <param name="values">At least two values.</param>
    /// <param name="isLog">Whether they lie on a logarithmic scale.</param>
    public static double[] Edges(IReadOnlyList<double> values, bool isLog)
    {
        double[] places = isLog ? [.. values.Select(value => Math.Log(value))] : [.. values];
        double[] edges =
        [
            places[0] - ((places[1] - places[0]) / 2),
            .. Enumerable.Range(1, places.Length - 1).Select(i => Middle(places[i - 1], places[i])),
            places[^1] + ((places[^1] - places[^2]) / 2),
        ];
        edges[0] = !isLog && places[0] >= 0 ? Math.Max(0, edges[0]) : edges[0];
        return isLog ? [.. edges.Select(edge => Math.Clamp(Math.Exp(edge), double.Epsilon, double.MaxValue))] : edges;

        static double Middle(double a, double b) => double.IsFinite(a + b) ? (a + b) / 2 : (a / 2) + (b / 2);
    }

    /// <summary>The scale of an axis of a map, from edge to edge.</summary>
    public static Scale ScaleOf(ReportAxis axis, double[] edges) => axis.IsLog ? Scale.Log(edges[0], edges[^1]) : Scale.Linear(edges[0], edges[^1]);

    private int Place(double value) => DivergingColours.Place(_side * (double.IsNaN(_linear) ? value : Fraction(value)));

    private double Fraction(double value)
    {
        double most = Math.Max(-_low, _high);
        return double.IsInfinity(value) ? Math.Sign(value) : Scale.SignedLog(value, _linear) / Scale.SignedLog(most, _linear);
    }
}
