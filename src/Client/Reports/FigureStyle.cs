using System.Reflection;
using System.Text;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports;

/// <summary>The styles of figures: one sheet for all, and the colours of cells, light and dark.</summary>
internal static class FigureStyle
{
    /// <summary>For a figure that stands alone, on white.</summary>
    public static string Alone() => Resource("figure.css") + Colours(isDark: false);

    /// <summary>For the page, which follows the reader's choice of light or dark, and is light on paper.</summary>
    public static string InPage() => $"{Resource("figure.css")}{Colours(isDark: false)}@media screen and (prefers-color-scheme:dark){{{Resource("figure-dark.css")}{Colours(isDark: true)}}}";

    public static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without {name}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // The stroke closes the seams that printers and converters leave between cells.
    private static string Colours(bool isDark)
    {
        var css = new StringBuilder();
        for (int place = 0; place < DivergingColours.Count; place++)
        {
            css.Append($".c{place}{{fill:{DivergingColours.Hex(place, isDark)};stroke:{DivergingColours.Hex(place, isDark)}}}");
        }

        return css.ToString();
    }
}
