using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>A chart of series over one axis, with bands or bars for their spread.</summary>
internal sealed class LineChart
{
    private const double Rounding = 1e-9;

    private readonly List<Series> _series = [];
    private readonly List<(SeriesStyle Style, string Words)> _notes = [];

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    /// <summary>The horizontal scale.</summary>
    public required Scale X { get; init; }

    /// <summary>The value of a horizontal reference line; NaN for none.</summary>
    public double Reference { get; init; } = double.NaN;

    /// <summary>The absolute value above which the vertical scale is logarithmic, if the values spread far; NaN where it is always linear.</summary>
    public double LinearWithin { get; init; } = double.NaN;

    /// <summary>The ends of the vertical scale; null to derive them from the values.</summary>
    public (double Low, double High)? Limits { get; init; }

    /// <summary>Whether the pointer's label has the horizontal coordinate, because no axis of the sweep has it.</summary>
    public bool LabelHasX { get; init; }

    /// <summary>Whether the pointer's label has the series' name, because it names no value of an axis.</summary>
    public bool LabelHasName { get; init; }

    public void Add(Series series) => _series.Add(series);

    /// <summary>The finite values of all points, with the ends of their bands and bars.</summary>
    public IEnumerable<double> Values => _series.SelectMany(series => series.Points)
        .SelectMany(point => new[] { point.Y, point.Low, point.High }.Concat(point.Values ?? []))
        .Where(double.IsFinite);

    /// <summary>Whether the series are drawn a little beside each other, so that their bars do not cover each other.</summary>
    public bool IsDodged { get; init; }

    /// <summary>Adds a legend entry for the series of a style that have no name, in the colours in which they are drawn; none where no line of them is.</summary>
    public void Note(SeriesStyle style, string words) => _notes.Add((style, words));

    /// <summary>The figure; null where no point has a value.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="title">Its title.</param>
    /// <param name="values">The values that the vertical scale must include: this chart's, and those of the charts beside it.</param>
    public Figure? Draw(string name, string title, IReadOnlyList<double> values)
    {
        if (!Values.Any())
        {
            return null;
        }

        Scale yScale = YScale(values);
        var frame = new Frame(X, yScale);
        var svg = new Svg();
        var legend = new Legend();
        var targets = new List<PointTarget>();
        frame.DrawGrid(svg);
        if (yScale.Low <= Reference && Reference <= yScale.High)
        {
            svg.Line("reference", Frame.Left, frame.Y(Reference), Frame.Right, frame.Y(Reference));
        }

        Series[] drawn = X.AreNames ? SideBySide() : IsDodged ? Dodged(frame) : [.. _series];
        foreach ((int i, Series series) in drawn.Index().OrderBy(pair => pair.Item.Style == SeriesStyle.Band ? 0 : 1))
        {
            Legend.Keyed(svg, Keys(i), new SeriesDrawing(frame, svg, series).DrawSpread);
        }

        for (int i = 0; i < drawn.Length; i++)
        {
            Series series = drawn[i];
            var drawing = new SeriesDrawing(frame, svg, series);
            Legend.Keyed(svg, Keys(i), drawing.DrawPoints);
            drawing.AddTo(legend, Keys(i).FirstOrDefault());
            foreach ((int place, SeriesPoint point) in series.Points.Index().Where(pair => pair.Item.Row >= 0 && !double.IsNaN(pair.Item.Y)))
            {
                targets.Add(new PointTarget(frame.X(point.X) + series.Shift, frame.Y(point.Y), point.Row, i, _series[i].Points[place].X, point.Y));
            }
        }

        foreach ((SeriesStyle style, string words) in _notes)
        {
            string[] classes = [.. drawn.Where(series => series.Style == style && series.Name is null && series.Points.Count(point => double.IsFinite(point.Y)) > 1)
                .Select(series => new SeriesDrawing(frame, svg, series).LineClass).Distinct()];
            if (classes.Length > 0)
            {
                legend.AddLines(classes, words, KeyOf(style));
            }
        }

        if (drawn.Any(series => series.Points.Any(point => double.IsNegativeInfinity(point.Y))))
        {
            legend.AddArrow("−∞: the product is 0");
        }

        if (drawn.Any(series => series.End is not null))
        {
            legend.AddEnd("not known beyond: the end of double precision");
        }

        bool isSymlog = !double.IsNaN(yScale.LinearWithin);
        if (isSymlog)
        {
            legend.AddText($"vertical axis: linear within ±{yScale.LinearWithin}, logarithmic beyond");
        }

        frame.DrawAxes(svg, XLabel, isSymlog ? $"{YLabel}, symlog" : YLabel);
        double height = legend.Draw(svg, frame.Below);
        return new Figure(name, title, svg.ToString(), height - 8, new PointTargets(targets)
        {
            Label = YLabel,
            XLabel = LabelHasX ? XLabel : null,
            Names = LabelHasName ? [.. drawn.Select(series => series.Name)] : null,
            Keys = [.. Enumerable.Range(0, drawn.Length).Select(i => string.Join(' ', Keys(i)))],
        });
    }

    // The keys of the legend entries that hide a series: its own, and where it has none that of its style and that of the named series in its colour.
    private string[] Keys(int i)
    {
        Series series = _series[i];
        if (series.Name is not null)
        {
            return [KeyOf(i)];
        }

        int named = series.Colour == Series.Ink ? -1 : _series.FindIndex(other => other.Name is not null && other.Colour == series.Colour);
        return [.. _notes.Where(note => note.Style == series.Style).Select(note => KeyOf(note.Style)), .. named < 0 ? Array.Empty<string>() : [KeyOf(named)]];
    }

    private static string KeyOf(int series) => $"{series}";

    private static string KeyOf(SeriesStyle style) => $"{style}";

    // Shifts the series apart: over a name, their points would cover each other.
    private Series[] SideBySide()
    {
        Series[] named = [.. _series.Where(series => series.Name is not null)];
        return
        [
            .. _series.Select(series => Array.IndexOf(named, series) is >= 0 and var place
                ? series with { Points = [.. series.Points.Select(point => point with { X = point.X + (0.5 * (((place + 0.5) / named.Length) - 0.5)) })] }
                : series),
        ];
    }

    // At most three units apart, and within half the distance of two points.
    private Series[] Dodged(Frame frame)
    {
        Series[] named = [.. _series.Where(series => series.Name is not null)];
        double[] places = [.. named.SelectMany(series => series.Points).Select(point => frame.X(point.X)).Distinct().Order()];
        double least = places.Zip(places.Skip(1), (a, b) => b - a).DefaultIfEmpty(0).Min(), apart = Math.Min(3, 0.5 * least / Math.Max(1, named.Length));
        return
        [
            .. _series.Select(series => Array.IndexOf(named, series) is >= 0 and var place
                ? series with { Shift = apart * (place - ((named.Length - 1) / 2.0)) }
                : series),
        ];
    }

    private Scale YScale(IReadOnlyList<double> values)
    {
        // A scale from −1 to 1 draws values that are 0 up to rounding as 0.
        (double low, double high) = Limits ?? (values.All(value => Math.Abs(value) < Rounding) ? (-1, 1) : (values.Min(), values.Max()));
        if (!double.IsNaN(Reference))
        {
            (low, high) = (Math.Min(low, Reference), Math.Max(high, Reference));
        }

        // Where the largest values are many times the median, a linear scale would not show the typical ones.
        double[] typical = [.. values.Select(Math.Abs).Order()];
        if (!double.IsNaN(LinearWithin) && typical[^1] > 8 * LinearWithin && typical[^1] > 8 * typical[typical.Length / 2])
        {
            return Scale.SignedLog(low * (low < 0 ? 1.15 : 1), high * (high > 0 ? 1.15 : 1), LinearWithin);
        }

        double room = Limits is null ? (high - low) * 0.04 : 0;
        return Scale.Linear(low - room, high + room);
    }
}
