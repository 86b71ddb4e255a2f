using System.Reflection;
using System.Text;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports;

/// <summary>The style sheets of figures, and the colours of cells in light and dark mode.</summary>
internal static class FigureStyle
{
    /// <summary>The styles of a figure in a file of its own, on white.</summary>
    public static string Alone() => Resource("figure.css") + Colours(isDark: false);

    /// <summary>The styles of the figures in the page: light or dark as the browser prefers, light in print.</summary>
    public static string InPage() => $"{Resource("figure.css")}{Colours(isDark: false)}@media screen and (prefers-color-scheme:dark){{{Resource("figure-dark.css")}{Colours(isDark: true)}}}";

    public static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without {name}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // The stroke covers the gaps that printers and converters leave between cells.
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
