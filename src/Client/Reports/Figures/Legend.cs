using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>What the lines of a figure mean: a sample and a few words each, in rows below the axes.</summary>
internal sealed class Legend
{
    private const double Sample = 22, RowHeight = 19, Gap = 14;

    private readonly List<(string Class, string Words, bool HasDot)> _entries = [];

    public void Add(string cssClass, string words, bool hasDot = false) => _entries.Add((cssClass, words, hasDot));

    /// <summary>Draws the entries from a height on; the height of what comes after them.</summary>
    public double Draw(Svg svg, double y)
    {
        double x = Frame.Left;
        foreach ((string cssClass, string words, bool hasDot) in _entries)
        {
            double width = Sample + 6 + Svg.Width(words);
            if (x > Frame.Left && x + width > Frame.Width)
            {
                (x, y) = (Frame.Left, y + RowHeight);
            }

            svg.Line(cssClass, x, y - 4.5, x + Sample, y - 4.5);
            if (hasDot)
            {
                svg.Dot($"{cssClass.Split(' ')[^1]} dot", x + (Sample / 2), y - 4.5, 3.2);
            }

            svg.Text("label", 's', x + Sample + 6, y, words);
            x += width + Gap;
        }

        return _entries.Count == 0 ? y : y + RowHeight;
    }
}
