using System.Security.Cryptography;
using System.Text;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;

namespace RnnSweep.Client.Reports.Comparisons;

/// <summary>The page of a comparison: sentences, the figure, the table. Like the report of a run it is self-contained; it has no scripts.</summary>
internal static class ComparisonPage
{
    /// <summary>The page's file, and that of its figure.</summary>
    public const string File = "compare.html", FigureFileName = "compare.svg";

    // The most rows of the table.
    private const int MostRows = 2000;

    /// <summary>Writes the page, and its figure where there is one, each whole or not at all; returns the names of the files.</summary>
    /// <param name="folder">The folder, which is created where it is missing.</param>
    /// <param name="comparison">The comparison.</param>
    /// <param name="first">The folder of A, as the user named it.</param>
    /// <param name="second">That of B.</param>
    /// <exception cref="Core.Results.StoreUnreachableException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(RunFolder folder, Comparison comparison, string first, string second)
    {
        folder.Access(() => Directory.CreateDirectory(folder.Path));
        (Figure Figure, string Caption)? drawn = ComparisonFigure.Of(comparison);
        folder.Write(File, stream => stream.Write(Encoding.UTF8.GetBytes(Html(comparison, drawn, first, second))));
        if (drawn is not { } figure)
        {
            return [File];
        }

        folder.Write(FigureFileName, stream => stream.Write(FigureFile.Of(figure.Figure)));
        return [File, FigureFileName];
    }

    private static string Html(Comparison comparison, (Figure Figure, string Caption)? drawn, string first, string second)
    {
        string style = $"{FigureStyle.Resource("report.css")}{FigureStyle.InPage()}";
        string title = $"{comparison.Match.First.Name} and {comparison.Match.Second.Name}";
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        html.Append($"<title>{Svg.Escaped(title)} · RnnSweep</title>\n<style>{style}</style>\n</head>\n<body>\n");
        html.Append($"<header>\n<h1>{Svg.Escaped(title)}</h1>\n<p>A: {Svg.Escaped(first)}<br>B: {Svg.Escaped(second)}</p>\n</header>\n<main>\n");
        html.Append("<section id=\"words\">\n<h2>In words</h2>\n<ul>\n");
        foreach (string sentence in comparison.Findings.Prepend(comparison.Method).Prepend(comparison.Differences))
        {
            html.Append($"<li>{Svg.Escaped(sentence)}</li>\n");
        }

        html.Append("</ul>\n</section>\n");
        if (drawn is { } shown)
        {
            html.Append($"<section id=\"difference\">\n<h2>Difference</h2>\n<p>{Svg.Escaped(shown.Caption)}</p>\n<div class=\"panels one\">\n<figure class=\"panel\">");
            html.Append($"<svg class=\"figure\" viewBox=\"{shown.Figure.ViewBox}\" role=\"img\" aria-label=\"{Svg.Escaped(shown.Caption)}\">{shown.Figure.Drawing}</svg><code>{FigureFileName}</code></figure>\n</div>\n</section>\n");
        }

        AddTable(html, comparison);
        html.Append("</main>\n<footer><p>Numbers on this page have 4 digits; rnnsweep compare --json prints all.</p></footer>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void AddTable(StringBuilder html, Comparison comparison)
    {
        IReadOnlyList<int> rows = Spread.Of(comparison.Cells.Length, MostRows);
        html.Append("<section id=\"table\">\n<h2>Table</h2>\n");
        if (rows.Count < comparison.Cells.Length)
        {
            html.Append($"<p>{rows.Count} of {Phrase.Count(comparison.Cells.Length, "row")} are shown, evenly spread.</p>\n");
        }

        html.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n");
        html.Append($"<thead><tr>{string.Concat(ComparisonTable.Header(comparison).Select(name => $"<th scope=\"col\">{Svg.Escaped(name)}</th>"))}</tr></thead>\n<tbody>\n");
        foreach (int row in rows)
        {
            html.Append($"<tr>{string.Concat(ComparisonTable.Row(comparison.Cells[row]).Select(text => $"<td>{Svg.Escaped(text)}</td>"))}</tr>\n");
        }

        html.Append("</tbody>\n</table></div>\n</section>\n");
    }
}
