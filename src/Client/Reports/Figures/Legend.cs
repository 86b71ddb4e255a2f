using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>
/// The legend of a figure: a sample and a text for each entry, in rows below the axes. An entry with a key belongs to the groups of the drawing that have the same key (<see cref="Keyed"/>); in the page, a
/// click on it hides and shows them.
/// </summary>
internal sealed class Legend
{
    private const double Sample = 22, RowHeight = 19, Gap = 14;

    private const int MostPieces = 3;

    private readonly List<(Action<Svg, double, double> Sample, string Words, string? Key)> _entries = [];
    private readonly List<string> _texts = [];

    public void AddLine(string cssClass, string words, string? key = null) => _entries.Add(((svg, x, y) => svg.Line(cssClass, x, y, x + Sample, y), words, key));

    /// <summary>Adds a line that is drawn in several colours: its sample has a piece in some of them.</summary>
    public void AddLines(IReadOnlyList<string> cssClasses, string words, string? key = null) => _entries.Add((
        (svg, x, y) =>
        {
            IReadOnlyList<int> shown = Spread.Of(cssClasses.Count, MostPieces);
            double piece = Sample / shown.Count;
            foreach ((int place, int index) in shown.Index())
            {
                svg.Line(cssClasses[index], x + (place * piece), y, x + ((place + 1) * piece), y);
            }
        },
        words, key));

    /// <summary>Adds a text without a sample, which takes a row of its own.</summary>
    public void AddText(string words) => _texts.Add(words);

    public void AddLineWithDot(string cssClass, string dotClass, string words, string? key = null) => _entries.Add((
        (svg, x, y) =>
        {
            svg.Line(cssClass, x, y, x + Sample, y);
            svg.Dot(dotClass, x + (Sample / 2), y, SeriesDrawing.Radius);
        },
        words, key));

    public void AddDot(string cssClass, string words, string? key = null) => _entries.Add(((svg, x, y) => svg.Dot(cssClass, x + (Sample / 2), y, SeriesDrawing.Radius), words, key));

    public void AddArrow(string words) => _entries.Add(((svg, x, y) => svg.Path("arrow", SeriesDrawing.Arrow(x + (Sample / 2), y + 4)), words, null));

    public void AddEnd(string words) => _entries.Add(((svg, x, y) => svg.Path("end ink", SeriesDrawing.EndMark(x + (Sample / 2), y)), words, null));

    public void AddArea(string cssClass, string words) => _entries.Add(((svg, x, y) => svg.Rect(cssClass, x, y - 5.5, Sample, 11), words, null));

    /// <summary>Draws elements that the entries with any of some keys hide and show; without keys, they are always shown.</summary>
    public static void Keyed(Svg svg, IReadOnlyList<string> keys, Action draw)
    {
        if (keys.Count == 0)
        {
            draw();
        }
        else
        {
            svg.Group($"data-keys=\"{string.Join(' ', keys)}\"", draw);
        }
    }

    /// <summary>Draws the entries from y on, and returns the y below them.</summary>
    public double Draw(Svg svg, double y)
    {
        double x = Frame.Left;
        foreach ((Action<Svg, double, double> sample, string words, string? key) in _entries)
        {
            double width = Sample + 6 + Svg.Width(words);
            if (x > Frame.Left && x + width > Frame.Width)
            {
                (x, y) = (Frame.Left, y + RowHeight);
            }

            double left = x;
            if (key is null)
            {
                DrawEntry();
            }
            else
            {
                svg.Group($"data-entry=\"{key}\"", DrawEntry);
            }

            x += width + Gap;

            void DrawEntry()
            {
                sample(svg, left, y - 4.5);
                svg.Text("label", 's', left + Sample + 6, y, words);
            }
        }

        y += _entries.Count == 0 ? 0 : RowHeight;
        foreach (string text in _texts)
        {
            svg.Text("label", 's', Frame.Left, y, text);
            y += RowHeight;
        }

        return y;
    }
}
