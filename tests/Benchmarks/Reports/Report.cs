namespace RnnSweep.Benchmarks.Reports;

/// <summary>The findings of a part: lines and tables in the order of the page.</summary>
internal sealed class Report
{
    private readonly List<object> _parts = [];
    private readonly Dictionary<string, string> _files = [];

    /// <summary>Adds a paragraph.</summary>
    public void Say(string text) => _parts.Add(text);

    /// <summary>Adds a table, to which rows may be added later.</summary>
    public Table Add(Table table)
    {
        _parts.Add(table);
        return table;
    }

    /// <summary>Adds a file that the page refers to.</summary>
    public void Attach(string name, string text) => _files.Add(name, text);

    /// <summary>The page, without its heading.</summary>
    public string Markdown() => string.Join('\n', _parts.Select(part => part is Table table ? table.Markdown() : $"{part}\n"));

    /// <summary>Writes NAME.md, a CSV for each table, and the attached files.</summary>
    public void Write(string folder, IPart part, string measuredWith)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{part.Name}.md"), $"# {part.Name}: {part.Question}\n\n{measuredWith}\n\n{Markdown()}");
        foreach (Table table in _parts.OfType<Table>())
        {
            File.WriteAllText(Path.Combine(folder, $"{table.Name}.csv"), table.Csv());
        }

        foreach ((string name, string text) in _files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }
    }
}
