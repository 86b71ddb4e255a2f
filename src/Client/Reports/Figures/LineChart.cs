using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Lines over one axis, with what spread their points have.</summary>
internal sealed class LineChart
{
    private readonly List<Series> _series = [];
    private readonly List<(string Class, string Words)> _notes = [];

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    /// <summary>The scale of the axis, from its values.</summary>
    public required Scale X { get; init; }

    /// <summary>Where a line of reference runs; NaN where there is none.</summary>
    public double Reference { get; init; } = double.NaN;

    /// <summary>Where beyond the scale is logarithmic, if its values spread far; NaN where it is always linear.</summary>
    public double LinearWithin { get; init; } = double.NaN;

    /// <summary>The ends of the vertical scale where they are known beforehand.</summary>
    public (double Low, double High)? Limits { get; init; }

    public void Add(Series series) => _series.Add(series);

    /// <summary>The known values of its points, and the ends of what spread they have.</summary>
    public IEnumerable<double> Values => _series.SelectMany(series => series.Points)
        .SelectMany(point => new[] { point.Y, point.Low, point.High }.Concat(point.Values ?? []))
        .Where(double.IsFinite);

    /// <summary>Says in the legend what a line means that is not a series of its own.</summary>
    public void Note(string cssClass, string words) => _notes.Add((cssClass, words));

    /// <summary>The figure; null where no point has a value.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="title">Its title.</param>
    /// <param name="values">What the vertical scale holds: its own values, and those of the charts beside it.</param>
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
        var targets = new List<(double X, double Y, int Row, int Series)>();
        frame.DrawGrid(svg);
        if (yScale.Low <= Reference && Reference <= yScale.High)
        {
            svg.Line("reference", Frame.Left, frame.Y(Reference), Frame.Right, frame.Y(Reference));
        }

        foreach (Series series in _series.OrderBy(series => series.Style == SeriesStyle.Band ? 0 : 1))
        {
            new SeriesDrawing(frame, svg, series).DrawSpread();
        }

        for (int i = 0; i < _series.Count; i++)
        {
            Series series = _series[i];
            new SeriesDrawing(frame, svg, series).DrawPoints();
            if (series.Name is { } words)
            {
                legend.Add(SeriesDrawing.LineClass(series), words, series.Style is SeriesStyle.Line or SeriesStyle.Band);
            }

            targets.AddRange(series.Points.Where(point => point.Row >= 0 && !double.IsNaN(point.Y))
                .Select(point => (frame.X(point.X), frame.Y(point.Y), point.Row, i)));
        }

        foreach ((string cssClass, string words) in _notes)
        {
            legend.Add(cssClass, words);
        }

        frame.DrawAxes(svg, XLabel, YLabel);
        double height = legend.Draw(svg, Frame.Below);
        return new Figure(name, title, svg.ToString(), height - 8, new PointTargets(targets));
    }

    private Scale YScale(IReadOnlyList<double> values)
    {
        (double low, double high) = Limits ?? (values.Min(), values.Max());
        if (!double.IsNaN(Reference))
        {
            (low, high) = (Math.Min(low, Reference), Math.Max(high, Reference));
        }

        // Where the largest are many times the typical ones, a linear scale would show nothing of those.
        double[] typical = [.. values.Select(Math.Abs).Order()];
        if (!double.IsNaN(LinearWithin) && typical[^1] > 8 * LinearWithin && typical[^1] > 8 * typical[typical.Length / 2])
        {
            return Scale.SignedLog(low * (low < 0 ? 1.15 : 1), high * (high > 0 ? 1.15 : 1), LinearWithin);
        }

        double room = Limits is null ? (high - low) * 0.04 : 0;
        return Scale.Linear(low - room, high + room);
    }
}
