using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>docs/columns.md has the tables that the program declares, and its queries work on a run's store.</summary>
public sealed partial class ColumnsPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Text => File.ReadAllText(SourceTree.PathOf("docs", "columns.md"));

    [Fact]
    public void Its_table_of_replicates_csv_has_every_column_in_order_with_unit_and_meaning()
    {
        string[] rows = [.. Rows(Section("replicates.csv"))];

        string[] words = ["outcome", "status", "status_step"];
        Assert.Equal(ReadingColumns.All.Select(column => $"| `{column.Name}` | {column.Unit} | {column.Meaning} |"), rows.SkipLast(words.Length));
        Assert.Equal(words, rows.TakeLast(words.Length).Select(row => Name().Match(row).Groups[1].Value));
    }

    [Fact]
    public void Its_table_of_summary_csv_names_every_column_and_no_other()
    {
        var spec = new CellSpec { MeasuresSpectrum = true, MeasuresLags = true, MeasuresLeading = true, MeasuresGradient = true, MeasuresActivity = true };

        // A row names columns, or names without their suffixes.
        var named = from row in Rows(Section("summary.csv"))
                    let fields = row.Split(" | ")
                    let suffixes = Name().Matches(fields[1]).Select(match => match.Groups[1].Value).DefaultIfEmpty("")
                    from name in Name().Matches(fields[0]).Select(match => match.Groups[1].Value)
                    from suffix in suffixes
                    select name + suffix;

        // The columns of a gate are there for the networks that have it.
        IEnumerable<string> all = Enum.GetValues<NetworkKind>().SelectMany(network => SummaryTable.Columns(spec with { Network = network })).Select(column => column.Name).Distinct();
        Assert.Equal(all.Order(), named.Order());
    }

    [Fact]
    public void Its_tables_of_the_critical_files_name_every_column_in_order()
    {
        Assert.Equal(CriticalTable.Columns.Select(column => column.Name), Rows(Section("critical.csv")).Select(row => Name().Match(row).Groups[1].Value));
        Assert.Equal(CriticalTable.SummaryColumns.Select(column => column.Name), Rows(Section("critical_summary.csv")).Select(row => Name().Match(row).Groups[1].Value));
    }

    [Fact]
    public void Every_query_that_it_shows_gives_rows()
    {
        RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]).Expect(0);
        var options = new SqliteConnectionStringBuilder { DataSource = _folder["run/results.db"], Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        using var connection = new SqliteConnection(options.ConnectionString);
        connection.Open();
        string[] queries = [.. Query().Matches(Text).Select(match => match.Groups[1].Value)];

        Assert.True(queries.Length >= 3);
        foreach (string query in queries)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = query;
            using SqliteDataReader reader = command.ExecuteReader();
            Assert.True(reader.Read(), $"no rows: {query}");
            Assert.All(Enumerable.Range(0, reader.FieldCount), column => Assert.False(reader.IsDBNull(column), $"{reader.GetName(column)} is NULL: {query}"));
        }
    }

    [Fact]
    public void The_columns_in_its_queries_are_those_of_replicates_csv()
    {
        RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, .. SmallSweep.Measured, "-o", "run"]).Expect(0);
        string[] header = File.ReadLines(_folder["run/replicates.csv"]).First().Split(',');
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _folder["run/results.db"], Pooling = false }.ConnectionString);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM replicates LIMIT 1";
        using SqliteDataReader reader = command.ExecuteReader();

        Assert.Equal(["outcome"], header.Except(Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)));
    }

    public void Dispose() => _folder.Dispose();

    // From a heading to the next one of the same level.
    private static string Section(string heading) => Text.Split($"\n## {heading}\n")[1].Split("\n## ")[0];

    /// <summary>The rows of a section's first table.</summary>
    private static IEnumerable<string> Rows(string section) =>
        section.Split('\n').SkipWhile(line => !line.StartsWith("| `", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith("| ", StringComparison.Ordinal));

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("^```sql\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Query();
}
