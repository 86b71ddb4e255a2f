namespace RnnSweep.Client.Reports.Drawing;

/// <summary>The box of a figure, its axes with ticks and labels, and where in it a value lies.</summary>
internal sealed class Frame
{
    public const double Width = 480, FontSize = 13;

    /// <summary>The box within the drawing.</summary>
    public const double Left = 64, Right = 466, Top = 12, Bottom = 282;

    /// <summary>The first line of what stands below the axes.</summary>
    public const double Below = 344;

    // Between two labels.
    private const double Gap = 7;

    public Frame(Scale x, Scale y) => (XScale, YScale) = (x, y);

    public Scale XScale { get; }

    public Scale YScale { get; }

    public double X(double value) => Left + (XScale.Fraction(value) * (Right - Left));

    public double Y(double value) => Bottom - (YScale.Fraction(value) * (Bottom - Top));

    /// <summary>Draws lines behind the data at the ticks.</summary>
    public void DrawGrid(Svg svg)
    {
        foreach (Tick tick in Kept(XScale.Ticks, X, tick => Svg.Width(tick.Label)))
        {
            svg.Line("grid", X(tick.Value), Top, X(tick.Value), Bottom);
        }

        foreach (Tick tick in Kept(YScale.Ticks, Y, _ => FontSize))
        {
            svg.Line("grid", Left, Y(tick.Value), Right, Y(tick.Value));
        }
    }

    /// <summary>Draws the axes over the data.</summary>
    public void DrawAxes(Svg svg, string xLabel, string yLabel)
    {
        svg.Rect("frame", Left, Top, Right - Left, Bottom - Top);
        foreach (Tick tick in Kept(XScale.Ticks, X, tick => Svg.Width(tick.Label)))
        {
            svg.Line("tick", X(tick.Value), Bottom, X(tick.Value), Bottom + 5);
            svg.Text("label", 'm', Math.Min(X(tick.Value), Width - 2 - (Svg.Width(tick.Label) / 2)), Bottom + 19, tick.Label);
        }

        foreach (Tick tick in Kept(YScale.Ticks, Y, _ => FontSize))
        {
            svg.Line("tick", Left - 5, Y(tick.Value), Left, Y(tick.Value));
            svg.Text("label", 'e', Left - 8, Y(tick.Value) + 4.5, tick.Label);
        }

        svg.Title((Left + Right) / 2, Bottom + 40, xLabel);
        svg.TitleUpwards(16, (Top + Bottom) / 2, yLabel);
    }

    /// <summary>The ticks whose labels do not touch, those of lower rank first.</summary>
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
