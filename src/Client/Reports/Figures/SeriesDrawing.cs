using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Draws one series into a frame.</summary>
internal sealed class SeriesDrawing(Frame frame, Svg svg, Series series)
{
    private const int MostDots = 40;

    private const double Cap = 3.5, MostBox = 9, Radius = 3.2;

    public static string LineClass(Series series) => series.Style switch
    {
        SeriesStyle.Dashed => $"line dashed s{series.Colour}",
        SeriesStyle.Theory => "line theory",
        SeriesStyle.Box => $"line s{series.Colour}",
        _ => $"line s{series.Colour}",
    };

    /// <summary>Bands and bars, which lie behind all lines.</summary>
    public void DrawSpread()
    {
        SeriesPoint[] spread = [.. series.Points.Where(point => double.IsFinite(point.Low) && double.IsFinite(point.High))];
        if (series.Style == SeriesStyle.Band && spread.Length > 1)
        {
            svg.Path(
                $"band s{series.Colour}",
                Svg.Path(spread.Select(point => (frame.X(point.X), frame.Y(point.Low)))
                    .Concat(spread.Reverse().Select(point => (frame.X(point.X), frame.Y(point.High))))) + "Z");
        }
        else if (series.Style == SeriesStyle.Line)
        {
            svg.Path($"bar s{series.Colour}", string.Concat(spread.Select(Bar)));
        }
        else if (series.Style == SeriesStyle.Box)
        {
            double half = Math.Min(MostBox, 0.35 * (Frame.Right - Frame.Left) / Math.Max(1, series.Points.Count));
            svg.Path($"bar s{series.Colour}", string.Concat(spread.Select(Bar)));
            svg.Path($"box s{series.Colour}", string.Concat(spread.Select(point => Box(point, half))));
            svg.Path($"line s{series.Colour}", string.Concat(spread.Select(point => Svg.Path(
                [(frame.X(point.X) - half, frame.Y(point.Y)), (frame.X(point.X) + half, frame.Y(point.Y))]))));
        }
    }

    public void DrawPoints()
    {
        if (series.Style == SeriesStyle.Box)
        {
            foreach (SeriesPoint point in series.Points)
            {
                foreach (double value in (point.Values ?? []).Where(value => double.IsFinite(value)))
                {
                    svg.Dot("value", frame.X(point.X), frame.Y(value), 1.6);
                }
            }

            return;
        }

        svg.Path(LineClass(series), Line());
        if (series.Style is SeriesStyle.Line or SeriesStyle.Band && series.Points.Count <= MostDots)
        {
            foreach (SeriesPoint point in series.Points.Where(point => double.IsFinite(point.Y)))
            {
                svg.Dot($"s{series.Colour} dot", frame.X(point.X), frame.Y(point.Y), Radius);
            }
        }
    }

    // Interrupted where a value is missing.
    private string Line()
    {
        var parts = new List<string>();
        var part = new List<(double X, double Y)>();
        foreach (SeriesPoint point in series.Points)
        {
            if (double.IsFinite(point.Y))
            {
                part.Add((frame.X(point.X), frame.Y(point.Y)));
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
        (double x, double low, double high) = (frame.X(point.X), frame.Y(point.Low), frame.Y(point.High));
        return Svg.Path([(x, low), (x, high)]) + Svg.Path([(x - Cap, low), (x + Cap, low)]) + Svg.Path([(x - Cap, high), (x + Cap, high)]);
    }

    private string Box(SeriesPoint point, double half)
    {
        (double left, double right) = (frame.X(point.X) - half, frame.X(point.X) + half);
        (double low, double high) = (frame.Y(point.LowerQuartile), frame.Y(point.UpperQuartile));
        return Svg.Path([(left, low), (right, low), (right, high), (left, high)]) + "Z";
    }
}
