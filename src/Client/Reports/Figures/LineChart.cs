using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Lines over one axis, with what spread their points have.</summary>
internal sealed class LineChart
{
    private readonly List<Series> _series = [];

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

    /// <summary>The figure; null where no point has a value.</summary>
    public Figure? Draw(string name, string title)
    {
        if (YScale() is not { } yScale)
        {
            return null;
        }

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

        frame.DrawAxes(svg, XLabel, YLabel);
        double height = legend.Draw(svg, Frame.Below);
        return new Figure(name, title, svg.ToString(), height - 8, new PointTargets(targets));
    }

    private Scale? YScale()
    {
        double[] values =
        [
            .. _series.SelectMany(series => series.Points)
                .SelectMany(point => new[] { point.Y, point.Low, point.High })
                .Where(double.IsFinite),
        ];
        if (values.Length == 0)
        {
            return null;
        }

        (double low, double high) = Limits ?? (values.Min(), values.Max());
        if (!double.IsNaN(Reference))
        {
            (low, high) = (Math.Min(low, Reference), Math.Max(high, Reference));
        }

        // Where one side is a hundred times the other, a linear scale would show nothing of that.
        double[] typical = [.. values.Select(Math.Abs).Order()];
        if (!double.IsNaN(LinearWithin) && typical[^1] > 8 * LinearWithin && typical[^1] > 8 * typical[typical.Length / 2])
        {
            return Scale.SignedLog(low * (low < 0 ? 1.15 : 1), high * (high > 0 ? 1.15 : 1), LinearWithin);
        }

        double room = Limits is null ? (high - low) * 0.04 : 0;
        return Scale.Linear(low - room, high + room);
    }
}
