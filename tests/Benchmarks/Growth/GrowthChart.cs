using System.Text;

namespace RnnSweep.Benchmarks.Growth;

/// <summary>The series as an SVG, with a panel each: both axes logarithmic, with the fitted line and the expected slope.</summary>
internal static class GrowthChart
{
    private const int Width = 960, PanelWidth = 480, PanelHeight = 370, Header = 44;

    public static string Draw(IReadOnlyList<Series> all)
    {
        int rows = (all.Count + 1) / 2, height = Header + (rows * PanelHeight);
        var svg = new StringBuilder();
        svg.Append($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="13">
            <rect width="{Width}" height="{height}" fill="#ffffff"/>
            <text x="{Width / 2}" y="28" text-anchor="middle" font-size="18" fill="#222222">How time grows: seconds against each size, both axes logarithmic</text>

            """);
        for (int i = 0; i < all.Count; i++)
        {
            svg.Append($"<g transform=\"translate({i % 2 * PanelWidth} {Header + (i / 2 * PanelHeight)})\">\n");
            new Panel(all[i], svg).Draw();
            svg.Append("</g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>One panel, in its own coordinates.</summary>
    private sealed class Panel(Series series, StringBuilder svg)
    {
        private const int Left = 72, Right = 456, Top = 50, Bottom = 312;

        private const string Measured = "#1f5fa8", Expected = "#c05a00", Grid = "#e2e2e2", Ink = "#222222";

        private readonly (int From, int To) _x = Decades(series.Points.Select(point => point.X)), _y = Decades(series.Points.Select(point => point.Y));

        public void Draw()
        {
            Text((Left + Right) / 2, 22, $"{series.Title} ({series.Fixed})", "middle", Ink, 15);
            Axes();
            PowerLaw fitted = series.Fitted;
            (double first, double last) = (series.Upper[0].X, series.Upper[^1].X);

            // The line with the expected slope passes through the last point and spans the panel.
            var expected = new PowerLaw(series.Expected, series.Points[^1].Y / Math.Pow(series.Points[^1].X, series.Expected));
            double lowest = Math.Max(series.Points[0].X, Math.Pow(Math.Pow(10, _y.From) / expected.Factor, 1 / expected.Exponent));
            Line(lowest, expected.At(lowest), last, expected.At(last), Expected, "stroke-dasharray=\"7 5\"");
            Line(first, fitted.At(first), last, fitted.At(last), Measured, "");
            foreach ((double x, double y) in series.Points)
            {
                svg.Append($"<circle cx=\"{X(x):F1}\" cy=\"{Y(y):F1}\" r=\"4.5\" fill=\"{Measured}\"/>\n");
            }

            Legend(fitted);
        }

        private void Axes()
        {
            for (int decade = _x.From; decade <= _x.To; decade++)
            {
                double x = X(Math.Pow(10, decade));
                Grille(x, Top, x, Bottom);
                Power(x, Bottom + 20, "middle", decade);
            }

            for (int decade = _y.From; decade <= _y.To; decade++)
            {
                double y = Y(Math.Pow(10, decade));
                Grille(Left, y, Right, y);
                Power(Left - 8, y + 4, "end", decade);
            }

            svg.Append($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Right - Left}\" height=\"{Bottom - Top}\" fill=\"none\" stroke=\"#777777\"/>\n");
            Text((Left + Right) / 2, Bottom + 42, series.Axis, "middle", Ink, 14);
            svg.Append($"<text transform=\"translate(20 {(Top + Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" font-size=\"14\" fill=\"{Ink}\">seconds</text>\n");
        }

        private void Legend(PowerLaw fitted)
        {
            const int x = Left + 12, y = Top + 20, step = 20;
            svg.Append($"<rect x=\"{x - 6}\" y=\"{y - 14}\" width=\"190\" height=\"{(3 * step) + 4}\" fill=\"#ffffff\" fill-opacity=\"0.85\"/>\n");
            svg.Append($"<circle cx=\"{x + 13}\" cy=\"{y - 4}\" r=\"4.5\" fill=\"{Measured}\"/>\n");
            Text(x + 34, y, "measured", "start", Ink, 13);
            Stroke(x, y + step - 4, x + 26, y + step - 4, Measured, "");
            Text(x + 34, y + step, $"fitted: exponent {fitted.Exponent:F2}", "start", Ink, 13);
            Stroke(x, y + (2 * step) - 4, x + 26, y + (2 * step) - 4, Expected, "stroke-dasharray=\"7 5\"");
            Text(x + 34, y + (2 * step), $"expected: {series.Expected:F2}", "start", Ink, 13);
        }

        private void Line(double x1, double y1, double x2, double y2, string colour, string style) => Stroke(X(x1), Y(y1), X(x2), Y(y2), colour, style);

        private void Stroke(double x1, double y1, double x2, double y2, string colour, string style) =>
            svg.Append($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{colour}\" stroke-width=\"2\" {style}/>\n");

        private void Grille(double x1, double y1, double x2, double y2) =>
            svg.Append($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{Grid}\"/>\n");

        private void Text(double x, double y, string text, string anchor, string colour, int size) =>
            svg.Append($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\">{text}</text>\n");

        private void Power(double x, double y, string anchor, int decade) =>
            svg.Append($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"{Ink}\">10<tspan dy=\"-5\" font-size=\"10\">{decade.ToString().Replace('-', '−')}</tspan></text>\n");

        private double X(double value) => Left + ((Right - Left) * (Math.Log10(value) - _x.From) / (_x.To - _x.From));

        private double Y(double value) => Bottom - ((Bottom - Top) * (Math.Log10(value) - _y.From) / (_y.To - _y.From));

        /// <summary>Whole decades around the values, one at least.</summary>
        private static (int From, int To) Decades(IEnumerable<double> values)
        {
            double[] logs = [.. values.Select(Math.Log10)];
            int from = (int)Math.Floor(logs.Min());
            return (from, Math.Max(from + 1, (int)Math.Ceiling(logs.Max())));
        }
    }
}
