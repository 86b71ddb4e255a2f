namespace RnnSweep.Client.Reports.Drawing;

/// <summary>The plot area of a figure: its axes with ticks and labels, and the coordinates of values in it.</summary>
internal sealed class Frame
{
    public const double Width = 480, FontSize = 13;

    /// <summary>The bounds of the plot area in the drawing.</summary>
    public const double Left = 78, Right = 466, Top = 12, Bottom = 282;

    // The least gap between two labels, and the height of a row of labels; long names take several rows.
    private const double Gap = 7, RowHeight = 15;

    private const int MostRows = 4;

    private readonly IReadOnlyList<(Tick Tick, double Middle, int Row)> _xLabels;
    private readonly double _rows;

    public Frame(Scale x, Scale y)
    {
        (XScale, YScale) = (x, y);
        _xLabels = x.AreNames ? InRows(x.Ticks) : [.. Kept(x.Ticks, X, tick => Svg.Width(tick.Label)).Select(tick => (tick, Middle(tick), 0))];
        _rows = _xLabels.Select(label => label.Row).DefaultIfEmpty(0).Max() * RowHeight;
    }

    public Scale XScale { get; }

    public Scale YScale { get; }

    /// <summary>The y of the first line below the axes.</summary>
    public double Below => 344 + _rows;

    public double X(double value) => Left + (XScale.Fraction(value) * (Right - Left));

    public double Y(double value) => Bottom - (YScale.Fraction(value) * (Bottom - Top));

    /// <summary>Draws grid lines at the ticks, behind the data.</summary>
    public void DrawGrid(Svg svg)
    {
        foreach ((Tick tick, _, _) in _xLabels)
        {
            svg.Line("grid", X(tick.Value), Top, X(tick.Value), Bottom);
        }

        foreach (Tick tick in Kept(YScale.Ticks, Y, _ => FontSize))
        {
            svg.Line("grid", Left, Y(tick.Value), Right, Y(tick.Value));
        }
    }

    /// <summary>Draws the axes, in front of the data.</summary>
    public void DrawAxes(Svg svg, string xLabel, string yLabel)
    {
        svg.Rect("frame", Left, Top, Right - Left, Bottom - Top);
        foreach ((Tick tick, double middle, int row) in _xLabels)
        {
            svg.Line("tick", X(tick.Value), Bottom, X(tick.Value), Bottom + 5);
            svg.Text("label", 'm', middle, Bottom + 19 + (row * RowHeight), tick.Label);
        }

        foreach (Tick tick in Kept(YScale.Ticks, Y, _ => FontSize))
        {
            svg.Line("tick", Left - 5, Y(tick.Value), Left, Y(tick.Value));
            if (Svg.Width(tick.Label) <= Left)
            {
                svg.Text("label", 'e', Left - 8, Y(tick.Value) + 4.5, tick.Label);
            }
        }

        svg.Title((Left + Right) / 2, Bottom + 40 + _rows, xLabel);
        svg.TitleUpwards(14, (Top + Bottom) / 2, yLabel);
    }

    // Keeps the label within the drawing.
    private double Middle(Tick tick) => Svg.Width(tick.Label) / 2 is var half && half < Width / 2 ? Math.Clamp(X(tick.Value), 2 + half, Width - 2 - half) : Width / 2;

    // Puts each label into the first row in which it touches no other.
    private List<(Tick Tick, double Middle, int Row)> InRows(IReadOnlyList<Tick> ticks)
    {
        var placed = new List<(Tick Tick, double Middle, int Row)>();
        foreach (Tick tick in ticks)
        {
            int row = Enumerable.Range(0, MostRows).FirstOrDefault(
                row => placed.All(other => other.Row != row
                    || Math.Abs(other.Middle - Middle(tick)) >= ((Svg.Width(other.Tick.Label) + Svg.Width(tick.Label)) / 2) + Gap),
                -1);
            if (row >= 0)
            {
                placed.Add((tick, Middle(tick), row));
            }
        }

        return placed;
    }

    /// <summary>Ticks whose labels do not touch; those of lower rank are chosen first.</summary>
    internal static IReadOnlyList<Tick> Kept(IReadOnlyList<Tick> ticks, Func<double, double> place, Func<Tick, double> size)
    {
        var kept = new List<Tick>();
        foreach (Tick tick in ticks.OrderBy(tick => tick.Rank))
        {
            bool fits = kept.All(other => Math.Abs(place(other.Value) - place(tick.Value)) >= ((size(other) + size(tick)) / 2) + Gap);
            if (fits)
            {
                kept.Add(tick);
            }
        }

        return [.. kept.OrderBy(tick => tick.Value)];
    }
}
