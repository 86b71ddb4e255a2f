using System.Text;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;

namespace RnnSweep.Client.Reports;

/// <summary>Writes a figure as an SVG file with its styles, on white, without scripts.</summary>
internal static class FigureFile
{
    // Marks an SVG as written by a report, so that a later report may delete it.
    private const string Marker = "<!-- a figure of an rnnsweep report -->";

    public static byte[] Of(Figure figure)
    {
        string title = figure.Title.Length == 0 ? figure.Name : $"{figure.Name}: {figure.Title}";
        return Encoding.UTF8.GetBytes($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="{figure.ViewBox}" width="{Svg.Number(Frame.Width)}" height="{Svg.Number(figure.Height)}" role="img" class="figure">
            {Marker}
            <title>{Svg.Escaped(title)}</title>
            <style>{FigureStyle.Alone()}</style>
            <rect width="100%" height="100%" fill="#fff"/>
            {Svg.WithoutGroups(figure.Drawing)}
            </svg>

            """);
    }

    public static bool IsReportFigure(string file)
    {
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadLine()?.StartsWith("<svg ", StringComparison.Ordinal) == true && reader.ReadLine() == Marker;
    }
}
