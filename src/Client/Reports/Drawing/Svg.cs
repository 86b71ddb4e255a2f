using System.Text;
using System.Text.RegularExpressions;

namespace RnnSweep.Client.Reports.Drawing;

/// <summary>Writes the elements of a drawing. Coordinates are rounded to a tenth of a unit; CSS classes set the appearance.</summary>
internal sealed partial class Svg
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    /// <summary>A drawing without the groups of <see cref="Group"/>, which only the page's script reads.</summary>
    public static string WithoutGroups(string drawing) => GroupTags().Replace(drawing, "");

    /// <summary>Draws elements as a group, with attributes by which the page's script finds it.</summary>
    public void Group(string attributes, Action draw)
    {
        _text.Append($"<g {attributes}>");
        draw();
        _text.Append("</g>");
    }

    /// <summary>A text escaped for XML and HTML, without the characters that they do not allow; a line break becomes a space.</summary>
    public static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' or '\n' or '\r' => " ",
                < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => "",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    public static string Number(double value) =>
        (Math.Round(value, 1, MidpointRounding.AwayFromZero) is var rounded and not 0 ? rounded : 0).ToString("0.#");

    public static string Path(IEnumerable<(double X, double Y)> points) =>
        string.Concat(points.Select((point, i) => $"{(i == 0 ? 'M' : 'L')}{Number(point.X)} {Number(point.Y)}"));

    public void Path(string cssClass, string data)
    {
        if (data.Length > 0)
        {
            _text.Append($"<path class=\"{cssClass}\" d=\"{data}\"/>");
        }
    }

    public void Line(string cssClass, double x1, double y1, double x2, double y2) => Path(cssClass, Path([(x1, y1), (x2, y2)]));

    public void Rect(string cssClass, double x, double y, double width, double height) =>
        _text.Append($"<rect class=\"{cssClass}\" x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\"/>");

    public void Dot(string cssClass, double x, double y, double radius) =>
        _text.Append($"<circle class=\"{cssClass}\" cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\"/>");

    /// <summary>A text at a point, which is its start, its middle or its end (<c>s</c>, <c>m</c>, <c>e</c>).</summary>
    public void Text(string cssClass, char anchor, double x, double y, string text) =>
        _text.Append($"<text class=\"{cssClass} {anchor}\" x=\"{Number(x)}\" y=\"{Number(y)}\">{Escaped(text)}</text>");

    /// <summary>The title of an axis, centred at the point, with subscripts as in <see cref="Formula"/>.</summary>
    public void Title(double x, double y, string text) =>
        _text.Append($"<text class=\"title m\" x=\"{Number(x)}\" y=\"{Number(y)}\">{Subscripts(text)}</text>");

    /// <summary>The title of an axis, rotated to run upwards.</summary>
    public void TitleUpwards(double x, double y, string text) =>
        _text.Append($"<text class=\"title m\" transform=\"translate({Number(x)} {Number(y)}) rotate(-90)\">{Subscripts(text)}</text>");

    // Shifted by dy, because not every program that shows SVG supports baseline-shift.
    private static string Subscripts(string text)
    {
        bool isLow = false;
        return Formula.Of(text, Plain, Subscript);

        string Plain(string part)
        {
            string written = isLow && part.Length > 0 ? $"<tspan dy=\"-3.5\">{Escaped(part)}</tspan>" : Escaped(part);
            isLow &= part.Length == 0;
            return written;
        }

        string Subscript(string part)
        {
            isLow = true;
            return $"<tspan class=\"sub\" dy=\"3.5\">{Escaped(part)}</tspan>";
        }
    }

    /// <summary>The approximate width of a text in units of the drawing, in the widest of the fonts in which it may be shown.</summary>
    public static double Width(string text) => Frame.FontSize * text.Sum(letter => letter switch
    {
        'i' or 'j' or 'l' or 'I' or 'f' or 't' or 'r' or ' ' or '.' or ',' or ':' or '/' or '-' or '|' or '(' or ')' or '₀' or '₁' or '₂' => 0.4,
        'm' or 'w' or 'M' or 'W' or '=' or '+' or '±' or '−' or '…' or '∞' or '_' => 0.9,
        _ => 0.64,
    });

    [GeneratedRegex("</?g[^>]*>")]
    private static partial Regex GroupTags();
}
