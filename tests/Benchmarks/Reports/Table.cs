using System.Text;

namespace RnnSweep.Benchmarks.Reports;

/// <summary>A table of results: rounded in Markdown, in full in CSV. A value that could not be measured is an empty field.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="Columns">The headings.</param>
internal sealed record Table(string Name, params string[] Columns)
{
    private readonly List<object?[]> _rows = [];

    public void Add(params object?[] values)
    {
        if (values.Length != Columns.Length)
        {
            throw new ArgumentException($"table {Name} has {Columns.Length} columns, but a row came with {values.Length}", nameof(values));
        }

        _rows.Add(values);
    }

    public string Markdown()
    {
        var text = new StringBuilder();
        Line(Columns);
        Line(Columns.Select((_, i) => _rows.All(row => row[i] is not string) ? "---:" : "---"));
        _rows.ForEach(row => Line(row.Select(Rounded)));
        return text.ToString();

        void Line(IEnumerable<string> fields) => text.Append("| ").AppendJoin(" | ", fields).Append(" |\n");
    }

    public string Csv() => string.Concat(_rows.Prepend(Columns).Select(row => $"{string.Join(',', row.Select(Full))}\n"));

    /// <summary>Whole numbers unchanged; others with three digits, and with an exponent only if very small or large.</summary>
    private static string Rounded(object? value)
    {
        if (value is not double number)
        {
            return Full(value).Trim('"');
        }

        if (number == Math.Floor(number) && Math.Abs(number) < 1e7)
        {
            return number.ToString("F0");
        }

        if (!double.IsFinite(number) || Math.Abs(number) is < 1e-3 or >= 1e7)
        {
            return number.ToString("G3");
        }

        int digits = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, 5);
        return number.ToString($"F{digits}");
    }

    private static string Full(object? value)
    {
        string text = Convert.ToString(value) ?? "";
        return text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
