using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;

namespace RnnSweep.Client.Reports;

/// <summary>
/// The page: sentences, figures, table, provenance. It is self-contained, and its Content-Security-Policy forbids a browser to load anything else or to run
/// other scripts.
/// </summary>
/// <param name="data">The sweep.</param>
/// <param name="sections">Its figures.</param>
/// <param name="words">Sentences about its results.</param>
/// <param name="manifest">The provenance.</param>
/// <param name="sweep">The sweep file.</param>
/// <param name="tables">Names of the tables beside the page, to which it links.</param>
internal sealed class ReportPage(
    ReportData data, IReadOnlyList<FigureSection> sections, IReadOnlyList<string> words, Manifest? manifest, SweepListing sweep, IReadOnlyList<string> tables)
{
    private readonly ReportTable _table = new(data);
    private readonly StringBuilder _html = new();

    /// <summary>Writes the page as UTF-8.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is written.</exception>
    public void Write(Stream stream, CancellationToken cancellation = default)
    {
        string style = $"{FigureStyle.Resource("report.css")}{FigureStyle.InPage()}", script = FigureStyle.Resource("report.js");
        Add($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'\">\n");
        Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        Add($"<title>{Svg.Escaped(data.Name)} · RnnSweep</title>\n<style>{style}</style>\n</head>\n<body>\n");
        AddHeader();
        Add($"<main>\n");
        AddWords();
        foreach (FigureSection section in sections)
        {
            cancellation.ThrowIfCancellationRequested();
            AddSection(section);
        }

        Add(_table.Html(tables));
        AddProvenance();
        Add($"</main>\n<footer><p>Numbers on this page have {ReportColumns.Digits} digits; summary.csv and replicates.csv have all.</p></footer>\n");
        Add($"<div id=\"pointer\" role=\"status\" hidden></div>\n<script id=\"data\" type=\"application/json\">");
        _html.Append(Data());
        Add($"</script>\n<script>{script}</script>\n</body>\n</html>\n");
        cancellation.ThrowIfCancellationRequested();
        stream.Write(Encoding.UTF8.GetBytes(_html.ToString()));
    }

    private void AddHeader()
    {
        string axes = string.Join(" × ", data.Axes.Select((axis, a) => $"{(a == 0 ? Phrase.Count(axis.Total, "value") : $"{axis.Total}")} of {axis.Heading}"));
        Add($"<header>\n<h1>{Svg.Escaped(data.Name)}</h1>\n");
        if (sweep.Description is { } description)
        {
            Add($"<p class=\"description\">{Svg.Escaped(description)}</p>\n");
        }

        Add($"<p>Vanishing and exploding gradients over {Svg.Escaped(axes.Length == 0 ? "one cell" : axes)}: ");
        Add($"{data.Done} of {Phrase.Count(data.CellCount, "cell")} done</p>\n<nav aria-label=\"Contents\">");
        foreach ((string id, string title) in sections.Select(section => (section.Id, section.Title)).Append(("table", "Table")).Append(("provenance", "Provenance")))
        {
            Add($"<a href=\"#{id}\">{Svg.Escaped(title)}</a>");
        }

        Add($"</nav>\n</header>\n");
    }

    private void AddWords()
    {
        // The sentences stand beside the first figure, where its section has no other.
        Add($"<section id=\"words\"{(sections.Count > 0 && IsHalf(sections[0]) ? " class=\"half\"" : "")}>\n<h2>In words</h2>\n<ul>\n");
        foreach (string sentence in words)
        {
            Add($"<li>{WithUnbrokenEquals(Svg.Escaped(Phrase.Capitalised(sentence)))}</li>\n");
        }

        Add($"</ul>\n</section>\n");
    }

    // Keeps both sides of an equals sign on one line.
    private static string WithUnbrokenEquals(string text) => text.Replace(" = ", "\u00A0=\u00A0", StringComparison.Ordinal);

    private void AddSection(FigureSection section)
    {
        string more = section.PanelCount > section.Panels.Count
            ? $" {section.Panels.Count} of {section.PanelCount} panels are drawn, evenly spread."
            : "";
        Add($"<section id=\"{section.Id}\"{(IsHalf(section) ? " class=\"half\"" : "")}>\n<h2>{Svg.Escaped(section.Title)}</h2>\n<p>{WithUnbrokenEquals(Formula.Html(section.Caption + more))}</p>\n");
        Add($"<div class=\"panels{(section.Panels.Count == 1 ? " one" : "")}\">\n");
        foreach (Figure figure in section.Panels)
        {
            string name = Svg.Escaped(figure.Name), title = Svg.Escaped(figure.Title);
            Add($"<figure class=\"panel\"><figcaption>{title}</figcaption>");
            Add($"<svg class=\"figure\" viewBox=\"{figure.ViewBox}\" data-name=\"{name}\" tabindex=\"0\" role=\"application\" aria-label=\"{Svg.Escaped(section.Title)}");
            Add($"{(title.Length == 0 ? "" : $", {title}")}: arrow keys go from cell to cell\">{figure.Drawing}</svg><code>{Report.FiguresFolder}/{name}.svg</code></figure>\n");
        }

        Add($"</div>\n</section>\n");
    }

    // Sections of one figure are set two to a row, with the sentences beside the first; a last one without a partner takes a row.
    private bool IsHalf(FigureSection section)
    {
        FigureSection[] single = [.. sections.Where(other => other.Panels.Count == 1)];
        int before = sections[0].Panels.Count == 1 ? 1 : 0;
        return single.Contains(section) && ((single.Length + before) % 2 == 0 || section != single[^1]);
    }

    private void AddProvenance()
    {
        Add($"<section id=\"provenance\">\n<h2>Provenance</h2>\n");
        foreach (Manifest.Session session in manifest?.Sessions ?? [])
        {
            Add($"<dl class=\"facts\">");
            Fact("Started", session.Started.ToString("yyyy-MM-dd HH:mm:ss zzz"));
            Fact("Finished", session.Finished is { } finished
                ? $"{finished:yyyy-MM-dd HH:mm:ss zzz}, after {(finished - session.Started).TotalSeconds:0.0} s"
                : "not finished, or killed");
            Fact("Computed", $"{Phrase.Count(session.Computed, "cell")}{(session.Failed > 0 ? $", {session.Failed} failed" : "")}");
            Fact(
                "Program", $"rnnsweep {session.Version}{(session.Commit is { } commit ? $", commit {commit}" : "")}, numerics version {session.NumericsVersion}");
            Fact("Engine", $"{session.Engine}{(session.Parallelism is { } parallelism ? $", {Phrase.Count(parallelism, "cell")} at a time" : "")}");
            Fact("Machine", $"{session.Machine}: {session.Processor}, {session.Cores} cores, {session.InstructionSet}");
            Fact("System", $"{session.System}, {session.Runtime}");
            Add($"</dl>\n");
        }

        string seeds = string.Join(", ", data.Cells.Select(cell => cell.Spec.Seed).Distinct().Order().Take(20));
        string replicates = string.Join(", ", data.Cells.Select(cell => cell.Spec.Replicates).Distinct().Order().Take(20));
        Add($"<dl class=\"facts\">");
        Fact("Seed", seeds);
        Fact("Networks per cell", replicates);
        Fact(sweep.Again is null ? "To run it again" : "To have all files", sweep.Again ?? $"rnnsweep run {RunFolder.SweepFile}{(manifest?.Shard is { } shard ? $" --shard {shard}" : "")} -o again, in this folder; the file below has all fields, its paths are relative to the folder");
        Add($"</dl>\n<pre tabindex=\"0\">{SweepText()}</pre>\n</section>\n");

        void Fact(string name, string value) => Add($"<dt>{name}</dt><dd>{Svg.Escaped(value)}</dd>");
    }

    // Escaped line by line, because Svg.Escaped replaces line breaks.
    private string SweepText() => string.Join('\n', sweep.Text.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(Svg.Escaped));

    private string Data()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("coordinates", data.Axes.Length);
            json.WriteStartArray("columns");
            foreach (string column in _table.Columns)
            {
                json.WriteStringValue(column);
            }

            json.WriteEndArray();
            json.WriteStartArray("prefixes");
            foreach (ReportAxis axis in data.Axes)
            {
                json.WriteStringValue(axis.Count > 1 ? axis.PrefixOfValue : null);
            }

            json.WriteEndArray();
            json.WriteStartArray("hidden");
            foreach (bool isHidden in _table.Hidden)
            {
                json.WriteBooleanValue(isHidden);
            }

            json.WriteEndArray();
            json.WriteStartArray("rows");
            foreach (ReportCell cell in data.Cells)
            {
                WriteRow(json, cell);
            }

            json.WriteEndArray();
            json.WriteStartObject("figures");
            foreach (Figure figure in sections.SelectMany(section => section.Panels))
            {
                json.WritePropertyName(figure.Name);
                figure.Targets.Write(json);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        // The writer escapes <, > and &, so no text can close the script element.
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void WriteRow(Utf8JsonWriter json, ReportCell cell)
    {
        json.WriteStartArray();
        foreach (ReportField field in _table.Fields(cell))
        {
            if (field.IsNumber)
            {
                json.WriteRawValue(field.Text!, skipInputValidation: true);
            }
            else
            {
                json.WriteStringValue(field.Text); // null where it is missing
            }
        }

        json.WriteEndArray();
    }

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private void Add(string text) => _html.Append(text);
}
