using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The report counts the fields that are empty in the tables.</summary>
public sealed class EmptyFieldsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("hidden_size=40", "spectral_radius=1,10", "sequence_length=4,300", "statistics=norms,spectrum,lags,leading", "replicates=2")]
    [InlineData("hidden_size=40", "spectral_radius=0.5,10", "sequence_length=300", "statistics=spectrum", "frame_transient=20", "activation=sigmoid,tanh", "replicates=1")]
    [InlineData("hidden_size=20", "spectral_radius=0.5,2", "sequence_length=5,50", "statistics=leading", "leading=1", "replicates=3")]
    [InlineData("hidden_size=4", "network=rnn,gru,lstm", "sequence_length=5,50", "statistics=norms,lags", "replicates=2")]
    [InlineData("hidden_size=3", "activation=relu,linear", "bias=-10,1", "initial_scale=0", "spectral_radius=1,1e300", "statistics=norms,spectrum,lags", "replicates=2")]
    public void Every_empty_field_of_every_table_is_counted_with_a_reason(params string[] sets)
    {
        RunningProgram.Run(_folder.Path, ["run", .. sets.SelectMany(set => new[] { "--set", set }), "-o", "run"]).Expect(0);
        ReportData data = Read();
        var counted = data.Empty.Counts.GroupBy(entry => (entry.Key.Table, entry.Key.Column)).ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value.Fields));
        Dictionary<(string Table, string Column), long> found = [];
        string[] tables = [.. Directory.GetFiles(_folder["run"], "*.csv")];
        foreach (string table in tables)
        {
            string name = Path.GetFileNameWithoutExtension(table);
            string[][] rows = [.. File.ReadAllLines(table).Select(line => line.Split(','))];
            Assert.Equal(data.Empty.Rows(name), rows.Length - 1);
            for (int column = 0; column < rows[0].Length; column++)
            {
                long empty = rows.Skip(1).Count(row => row[column].Length == 0);
                if (empty > 0 && rows[0][column] is not ("outcome" or "status_step"))
                {
                    found[(name, rows[0][column])] = empty;
                }
            }
        }

        Assert.NotEmpty(found);
        Assert.Equal(found.OrderBy(entry => entry.Key), counted.OrderBy(entry => entry.Key));
        Assert.All(data.Empty.Counts.Keys, column => Assert.True(column.Status == ReplicateStatus.Ok ? column.Where.Length > 0 : column.Where.Length == 0, $"{column}"));

        // A replicate has the status ok exactly where no empty field of its has a reason other than that the number is undefined.
        string[][] replicates = [.. File.ReadAllLines(_folder["run/replicates.csv"]).Select(line => line.Split(','))];
        int status = Array.IndexOf(replicates[0], "status");
        Assert.Equal(replicates.Skip(1).Any(row => row[status] != "ok"), data.Empty.Counts.Keys.Any(column => column.Status != ReplicateStatus.Ok));
        Assert.Equal(data.Troubles.Count == 0, data.Empty.Counts.Keys.All(column => column.Status == ReplicateStatus.Ok));
    }

    [Fact]
    public void The_words_say_how_many_singular_values_are_missing_from_which_index_and_why()
    {
        RunningProgram.Run(
            _folder.Path, "run", "--set", "hidden_size=40", "--set", "spectral_radius=1,10", "--set", "sequence_length=300", "--set", "statistics=spectrum", "--set", "replicates=2", "-o", "run").Expect(0);
        string[][] rows = [.. File.ReadAllLines(_folder["run/spectrum.csv"]).Skip(1).Select(line => line.Split(','))];
        string[][] empty = [.. rows.Where(row => row[^1].Length == 0)];
        Assert.NotEmpty(empty);
        Assert.All(empty, row => Assert.Equal("10", row[0]));
        int first = empty.Min(row => int.Parse(row[^3]));
        string[] words = [.. Report.Words(Read())];
        Assert.Contains(
            $"in spectrum.csv, with status unresolved, {empty.Length} of 160 rows lack lyapunov and log10_singular_value from index {first} on, at spectral_radius 10.", words);
        Assert.Contains(words, sentence => sentence.Contains("status unresolved: double precision does not determine them", StringComparison.Ordinal));
        Assert.DoesNotContain(words, sentence => sentence.Contains("no number is missing", StringComparison.Ordinal));
        Assert.Contains("not known beyond", File.ReadAllText(_folder["run/figures/spectrum.svg"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_earliest_index_is_named_with_its_cell()
    {
        RunningProgram.Run(
            _folder.Path, "run", "--set", "hidden_size=40", "--set", "spectral_radius=6,20", "--set", "sequence_length=300", "--set", "statistics=spectrum", "--set", "replicates=1", "-o", "run").Expect(0);
        string[][] empty = [.. File.ReadAllLines(_folder["run/spectrum.csv"]).Skip(1).Select(line => line.Split(',')).Where(row => row[^1].Length == 0)];
        string[] earliest = empty.MinBy(row => int.Parse(row[^3]))!;
        Assert.Equal(2, empty.Select(row => row[0]).Distinct().Count());
        Assert.Contains(
            $"in spectrum.csv, with status unresolved, {empty.Length} of 80 rows lack lyapunov and log10_singular_value in 2 cells, the earliest from index {earliest[^3]} on at spectral_radius {earliest[0]}.",
            Report.Words(Read()));
    }

    [Fact]
    public void Only_a_sweep_without_an_empty_field_says_that_none_is_missing()
    {
        string[] sweep = ["run", "--set", "hidden_size=8", "--set", "spectral_radius=0.5,0.6", "-o", "run"];
        RunningProgram.Run(_folder.Path, [.. sweep, "--set", "replicates=2"]).Expect(0);
        Assert.Contains("Both cells are done, and no number is missing.", Report.Words(Read()));

        // One replicate has no spread.
        RunningProgram.Run(_folder.Path, [.. sweep, "--set", "replicates=1"]).Expect(0);
        string[] words = [.. Report.Words(Read())];
        Assert.Contains("Both cells are done, and every number that is defined is known.", words);

        // sd and sem of the norm, the gradient, the exponent and its slope, in two cells.
        Assert.Contains("numbers that are not defined are empty: 16 fields of summary.csv; the reasons are listed below the table.", words);
        Assert.Contains("summary.csv, where fewer than two networks have a finite number: log10_spectral_norm_sd, ", File.ReadAllText(_folder["run/report.html"]), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private ReportData Read()
    {
        StoredRun run = StoredRun.Open(_folder["run"], null);
        using var store = SqliteResultStore.OpenReadOnly(run.StoreFile);
        return ReportData.Read(run.Sweep.Plan, store, new Theory().OfMeasured);
    }
}
