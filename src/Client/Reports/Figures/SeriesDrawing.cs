using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Draws one series into a frame.</summary>
internal sealed class SeriesDrawing(Frame frame, Svg svg, Series series)
{
    private const int MostDots = 40;

    public const double Radius = 3.2;

    private const double Cap = 3.5, MostBox = 9, EndHeight = 7;

    // Half the length of the line drawn at a name where there are no dots, in units of the axis.
    private const double HalfName = 0.3;

    /// <summary>Whether there are few enough points for a dot each.</summary>
    public bool HasDots => series.Style is SeriesStyle.Line or SeriesStyle.Band && (frame.XScale.AreNames || series.Points.Count <= MostDots);

    /// <summary>The triangle that stands for −∞ at the lower end of the axis, its tip at the point.</summary>
    public static string Arrow(double x, double y) => Svg.Path([(x, y), (x - 4.5, y - 8), (x + 4.5, y - 8)]) + "Z";

    /// <summary>The bar across a line at the last point that is known.</summary>
    public static string EndMark(double x, double y) => Svg.Path([(x, y - EndHeight), (x, y + EndHeight)]);

    /// <summary>Adds the series to a legend, where it has a name.</summary>
    /// <param name="legend">The legend.</param>
    /// <param name="key">The entry's key.</param>
    public void AddTo(Legend legend, string? key = null)
    {
        if (series.Name is not { } words)
        {
            return;
        }

        if (!HasDots)
        {
            legend.AddLine(LineClass, words, key);
        }
        else if (frame.XScale.AreNames)
        {
            legend.AddDot(DotClass, words, key);
        }
        else
        {
            legend.AddLineWithDot(LineClass, DotClass, words, key);
        }
    }

    private string ColourClass => series.Colour == Series.Ink ? "ink" : $"s{series.Colour}";

    // The place of a coordinate, with the series' shift.
    private double X(double value) => frame.X(value) + series.Shift;

    /// <summary>The class of the series' line.</summary>
    public string LineClass => series.Style switch
    {
        SeriesStyle.Dashed => $"line dashed {ColourClass}",
        SeriesStyle.Theory => $"line theory {ColourClass}",
        _ => $"line {ColourClass}",
    };

    private string DotClass => $"{ColourClass} dot";

    /// <summary>Draws bands and bars, which lie behind all lines.</summary>
    public void DrawSpread()
    {
        // A band or bar from −∞ begins at the lower end of the axis.
        SeriesPoint[] spread = [.. series.Points.Where(point => !double.IsNaN(point.Low) && double.IsFinite(point.High))];
        if (series.Style == SeriesStyle.Band && !frame.XScale.AreNames && spread.Length > 1)
        {
            svg.Path(
                $"band s{series.Colour}",
                Svg.Path(spread.Select(point => (X(point.X), frame.Y(point.Low)))
                    .Concat(spread.Reverse().Select(point => (X(point.X), frame.Y(point.High))))) + "Z");
        }
        else if (series.Style == SeriesStyle.Line || (series.Style == SeriesStyle.Band && frame.XScale.AreNames))
        {
            svg.Path($"bar s{series.Colour}", string.Concat(spread.Select(Bar)));
        }
        else if (series.Style == SeriesStyle.Box)
        {
            double half = Math.Min(MostBox, 0.35 * (Frame.Right - Frame.Left) / Math.Max(1, series.Points.Count));
            svg.Path($"bar s{series.Colour}", string.Concat(spread.Select(Bar)));
            svg.Path($"box s{series.Colour}", string.Concat(spread.Select(point => Box(point, half))));
            svg.Path($"line s{series.Colour}", string.Concat(spread.Where(point => double.IsFinite(point.Y)).Select(point => Svg.Path(
                [(X(point.X) - half, frame.Y(point.Y)), (X(point.X) + half, frame.Y(point.Y))]))));
        }
    }

    public void DrawPoints()
    {
        if (series.Style is not (SeriesStyle.Dashed or SeriesStyle.Theory))
        {
            svg.Path($"arrow {ColourClass}", string.Concat(series.Points.Where(point => double.IsNegativeInfinity(point.Y))
                .Select(point => Arrow(X(point.X), Frame.Bottom))));
        }

        if (series.Style == SeriesStyle.Box)
        {
            foreach (SeriesPoint point in series.Points)
            {
                foreach (double value in (point.Values ?? []).Where(value => double.IsFinite(value)))
                {
                    svg.Dot("value", X(point.X), frame.Y(value), 1.6);
                }
            }

            return;
        }

        if (frame.XScale.AreNames && !HasDots)
        {
            svg.Path(LineClass, string.Concat(series.Points.Where(point => double.IsFinite(point.Y)).Select(point => Svg.Path(
                [(X(point.X - HalfName), frame.Y(point.Y)), (X(point.X + HalfName), frame.Y(point.Y))]))));
        }
        else if (!frame.XScale.AreNames)
        {
            svg.Path(LineClass, Line());
        }

        if (series.End is { } end)
        {
            svg.Path($"end {ColourClass}", EndMark(X(end.X), frame.Y(end.Y)));
        }

        if (HasDots)
        {
            foreach (SeriesPoint point in series.Points.Where(point => double.IsFinite(point.Y)))
            {
                svg.Dot(DotClass, X(point.X), frame.Y(point.Y), Radius);
            }
        }
    }

    // The line is interrupted where a value is missing.
    private string Line()
    {
        var parts = new List<string>();
        var part = new List<(double X, double Y)>();
        foreach (SeriesPoint point in series.Points)
        {
            if (double.IsFinite(point.Y))
            {
                part.Add((X(point.X), frame.Y(point.Y)));
                continue;
            }

            Add();
        }

        Add();
        return string.Concat(parts);

        void Add()
        {
            if (part.Count > 1)
            {
                parts.Add(Svg.Path(part));
            }

            part.Clear();
        }
    }

    private string Bar(SeriesPoint point)
    {
        (double x, double low, double high) = (X(point.X), frame.Y(point.Low), frame.Y(point.High));
        return Svg.Path([(x, low), (x, high)]) + Svg.Path([(x - Cap, low), (x + Cap, low)]) + Svg.Path([(x - Cap, high), (x + Cap, high)]);
    }

    private string Box(SeriesPoint point, double half)
    {
        (double left, double right) = (X(point.X) - half, X(point.X) + half);
        (double low, double high) = (frame.Y(point.LowerQuartile), frame.Y(point.UpperQuartile));
        return Svg.Path([(left, low), (right, low), (right, high), (left, high)]) + "Z";
    }
}
