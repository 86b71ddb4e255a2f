using System.Text;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Words;

namespace RnnSweep.Client.Reports;

/// <summary>
/// The page's table: the coordinates of each cell, then some columns of summary.csv. Columns that are empty, or that have the same content in all rows, are hidden until the reader asks for all; a
/// sentence gives their content.
/// </summary>
/// <param name="data">The sweep.</param>
internal sealed class ReportTable(ReportData data)
{
    // Rows that are in the HTML, for browsers without scripts; the page's script adds the others.
    private const int StaticRows = 100;

    private bool[]? _hidden;

    /// <summary>The names of the columns, the axes first.</summary>
    public IReadOnlyList<string> Columns { get; } = [.. data.Axes.Select(axis => axis.Heading), .. ReportColumns.Names(data.Columns)];

    /// <summary>Whether each column is hidden at first; an axis never is.</summary>
    public IReadOnlyList<bool> Hidden => _hidden ??= [.. data.Axes.Select(_ => false), .. Contents().Select(content => content is not null)];

    /// <summary>The fields of a row.</summary>
    public IEnumerable<ReportField> Fields(ReportCell cell) =>
        [.. cell.Places.Select((place, axis) => new ReportField(data.Axes[axis].InTable(place), IsNumber: false)), .. ReportColumns.Fields(data.Columns, cell)];

    /// <summary>The table's section as HTML.</summary>
    /// <param name="files">The tables beside the page, as relative links.</param>
    public string Html(IReadOnlyList<string> files)
    {
        var html = new StringBuilder();
        html.Append("<section id=\"table\">\n<h2>Table</h2>\n<p>One row per cell, with columns of summary.csv; click a column's name to sort.");
        html.Append(files.Count == 0 ? "" : $" All numbers: {string.Join(", ", files.Select(file => $"<a href=\"{file}\">{file}</a>"))}.").Append("</p>\n");
        if (Hidden.Contains(true))
        {
            html.Append($"<p class=\"rest\">{Svg.Escaped(HiddenWords())} <label><input type=\"checkbox\" id=\"all\"> Show all columns</label></p>\n");
        }

        html.Append("<div class=\"outline\"><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n<thead><tr>");
        foreach ((int i, string column) in Columns.Index())
        {
            html.Append($"<th scope=\"col\"{Class(i)}><button type=\"button\">{Svg.Escaped(column).Replace("_", "_<wbr>", StringComparison.Ordinal)}</button></th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (ReportCell cell in data.Cells.Take(StaticRows))
        {
            html.Append($"<tr>{string.Concat(Fields(cell).Select((field, i) => $"<td{Class(i)}>{Svg.Escaped(field.Text ?? "")}</td>"))}</tr>\n");
        }

        html.Append("</tbody>\n</table></div></div>\n");
        if (data.Cells.Count > StaticRows)
        {
            html.Append($"<p class=\"rest\"><span id=\"drawn\">{StaticRows}</span> of {data.Cells.Count} rows are shown. <button type=\"button\" id=\"more\">Show more</button></p>\n");
        }

        string[] undefined = [.. EmptyWords.Undefined(data)];
        if (undefined.Length > 0)
        {
            html.Append("<details id=\"empty\"><summary>Fields of the tables that are empty because their numbers are not defined</summary>\n<ul>\n");
            html.Append(string.Concat(undefined.Select(line => $"<li>{Svg.Escaped(line)}</li>\n"))).Append("</ul></details>\n");
        }

        return html.Append("</section>\n").ToString();
    }

    private string Class(int column) => Hidden[column] ? " class=\"idle\"" : "";

    // "The same in all rows: a = 1, b = 2; empty: c, d."
    private string HiddenWords()
    {
        (string Name, string Content)[] hidden = [.. ReportColumns.Names(data.Columns).Zip(Contents(), (name, content) => (name, content)).Where(column => column.content is not null).Select(column => (column.name, column.content!))];
        string same = string.Join(", ", hidden.Where(column => column.Content.Length > 0).Select(column => $"{column.Name} = {column.Content}"));
        string empty = string.Join(", ", hidden.Where(column => column.Content.Length == 0).Select(column => column.Name));
        return $"Hidden columns: {string.Join("; ", new[] { same.Length == 0 ? "" : $"the same in all rows, {same}", empty.Length == 0 ? "" : $"empty, {empty}" }.Where(part => part.Length > 0))}.";
    }

    // For each column after the axes the content of all its fields, empty where they are; null where two differ. Of a single row, only empty fields count.
    private string?[] Contents()
    {
        var contents = new string?[ReportColumns.Names(data.Columns).Count()];
        foreach (ReportCell cell in data.Cells)
        {
            string?[] fields = [.. ReportColumns.Fields(data.Columns, cell).Select(field => field.Text ?? "")];
            contents = cell == data.Cells[0] ? fields : [.. contents.Zip(fields, (content, field) => content == field ? content : null)];
        }

        return data.Cells.Count == 1 ? [.. contents.Select(content => content is { Length: 0 } ? content : null)] : contents;
    }
}
