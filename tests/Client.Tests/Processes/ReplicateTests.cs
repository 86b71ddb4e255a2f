using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>
/// A reading belongs to a cell and a replicate: later replicates are added to the stored ones, and the outcome by the threshold is not part of a
/// reading.
/// </summary>
public sealed partial class ReplicateTests : IDisposable
{
    private static readonly string[] s_sweep =
        ["--set", "hidden_size=5,24", "--set", "spectral_radius=0.6..1.4:0.2", "--set", "sequence_length=100,20"];

    private const int Cells = 2 * 5 * 2;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void More_replicates_are_computed_beside_those_that_are_stored(bool isMeasured)
    {
        string[] sweep = [.. s_sweep, .. isMeasured ? SmallSweep.Measured : []];
        Run(Cells, [.. sweep, "--set", "replicates=2"]);
        Dictionary<(string, long), StoredRow> before = StoredRows.Read(_folder["run"]);
        Assert.Equal(2 * Cells, before.Count);

        Assert.Equal(0, RunningProgram.Run(_folder.Path, ["plan", .. sweep, "--set", "replicates=6", "--json", "-o", "run"]).Expect(0).Number("stored"));
        Run(Cells, [.. sweep, "--set", "replicates=6"]);
        Dictionary<(string Key, long Replicate), StoredRow> after = StoredRows.Read(_folder["run"]);
        Assert.Equal(6 * Cells, after.Count);
        Assert.All(before, row => Assert.Equal(row.Value, after[row.Key]));

        // Replicates 2 to 5 of the two sizes were drawn, and no earlier ones.
        Assert.Equal(2 * (6 - 2), Drawn("run"));
        AssertIsFresh([.. sweep, "--set", "replicates=6"]);

        // A smaller number of replicates is stored already.
        Run(0, [.. sweep, "--set", "replicates=3"]);
        AssertIsFresh([.. sweep, "--set", "replicates=3"]);
        Assert.Equal(after, StoredRows.Read(_folder["run"]));
    }

    [Fact]
    public void Another_threshold_computes_nothing()
    {
        string[] sweep = [.. s_sweep, "--set", "replicates=3"];
        Run(Cells, sweep);
        Dictionary<(string, long), StoredRow> before = StoredRows.Read(_folder["run"]);
        Run(0, [.. sweep, "--set", "threshold=0.25"]);
        Assert.Equal(before, StoredRows.Read(_folder["run"]));
        AssertIsFresh([.. sweep, "--set", "threshold=0.25"]);

        // These thresholds give other outcomes than the default.
        Dictionary<string, string> strict = SmallSweep.TablesOf(_folder["run"]), usual = FinishedRun.Of(sweep).Tables;
        Assert.NotEqual(strict["replicates.csv"], usual["replicates.csv"]);
        Assert.Equal(Without(usual["replicates.csv"], "outcome"), Without(strict["replicates.csv"], "outcome"));
    }

    [Fact]
    public void Another_threshold_of_lags_is_another_sweep()
    {
        string[] sweep = [.. s_sweep, .. SmallSweep.Measured, "--set", "replicates=2"];
        Run(Cells, sweep);
        string line = Assert.Single(RunningProgram.Run(_folder.Path, ["run", .. sweep, "--set", "threshold=0.25", "-o", "run"]).Expect(2).ErrorLines);
        Assert.Contains("choose another folder", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replicates", "4,2,6", 6)]
    [InlineData("threshold", "3,0,0.5", 3)]
    public void Values_of_replicates_and_threshold_are_read_from_the_same_networks(string field, string values, int readingsOfCell)
    {
        string[] sweep = [.. s_sweep, .. field == "replicates" ? Array.Empty<string>() : ["--set", "replicates=3"]];
        string[] all = [.. sweep, "--set", $"{field}={values}"];
        int count = values.Split(',').Length;
        Run(count * Cells, all);
        Assert.Equal(Cells * readingsOfCell, StoredRows.Read(_folder["run"]).Count);
        Assert.Equal(2 * readingsOfCell, Drawn("run"));
        foreach (string value in values.Split(','))
        {
            Dictionary<string, string> single = FinishedRun.Of([.. sweep, "--set", $"{field}={value}"]).Tables;
            Assert.All(single, table => Assert.Equal(table.Value, Slice(table.Key, value)));
        }

        // Such a run resumes, and is shown, verified, split into shards and merged like any other.
        Run(0, all);
        Assert.Equal(count * Cells, RunningProgram.Run(_folder.Path, ["plan", .. all, "--json", "-o", "run"]).Expect(0).Number("stored"));
        ProgramResult verified = RunningProgram.Run(_folder.Path, "verify", "run", "--json").Expect(0);
        Assert.Equal((count * Cells, count * Cells), (verified.Number("cells"), verified.Number("done")));
        foreach (string shard in new[] { "1", "2" })
        {
            RunningProgram.Run(_folder.Path, ["run", .. all, "--shard", $"{shard}/2", "-o", shard]).Expect(0);
        }

        Assert.Equal(Cells * readingsOfCell, StoredRows.Count(_folder["1"]) + StoredRows.Count(_folder["2"]));
        RunningProgram.Run(_folder.Path, "merge", "1", "2", "-o", "merged").Expect(0);
        Assert.Equal(SmallSweep.TablesOf(_folder["run"]), SmallSweep.TablesOf(_folder["merged"]));

        // The rows of one value, without the value's column.
        string Slice(string table, string value)
        {
            string[][] rows = [.. SmallSweep.TablesOf(_folder["run"])[table].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];
            int column = Array.IndexOf(rows[0], field);
            return string.Concat(rows.Where((row, i) => i == 0 || row[column] == value).Select(row => string.Join(',', row.Where((_, i) => i != column)) + "\n"));
        }
    }

    [Fact]
    public void A_run_killed_within_a_cell_keeps_its_readings_and_the_next_one_computes_the_rest()
    {
        // Only two cells, with many networks that take some seconds together.
        const int Replicates = 400;
        string[] sweep = ["--set", "hidden_size=48", "--set", "sequence_length=1000,300", "--set", $"replicates={Replicates}", "--parallelism", "2"];
        Dictionary<(string Key, long Replicate), StoredRow> kept = [];
        RunningProgram.UntilInTime(() =>
        {
            if (Directory.Exists(_folder["run"]))
            {
                Directory.Delete(_folder["run"], recursive: true);
            }

            using RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. sweep, "-o", "run"]);
            program.WaitUntil(() => StoredRows.Count(_folder["run"]) > 0);
            program.Send(RunningProgram.Kill);
            program.WaitForExit();
            kept = StoredRows.Read(_folder["run"]);
            return kept.Count > 0 && kept.CellsOf(Replicates) == 0;
        });

        // An incomplete cell does not count as stored and is in no table.
        Assert.Equal(0, RunningProgram.Run(_folder.Path, ["plan", .. sweep, "--json", "-o", "run"]).Expect(0).Number("stored"));
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Assert.All(SmallSweep.TablesOf(_folder["run"]).Values, table => Assert.Equal(1, table.Count(c => c == '\n')));
        ProgramResult verified = RunningProgram.Run(_folder.Path, "verify", "run", "--json").Expect(0);
        Assert.Equal((0, 2), (verified.Number("done"), verified.Number("missing")));

        Assert.Equal(2, RunningProgram.Run(_folder.Path, ["run", .. sweep, "--json", "-o", "run"]).Expect(0).Number("computed"));
        Assert.Equal(FinishedRun.Of(sweep).Tables, SmallSweep.TablesOf(_folder["run"]));
        Dictionary<(string Key, long Replicate), StoredRow> all = StoredRows.Read(_folder["run"]);
        Assert.All(kept, row => Assert.Equal(row.Value, all[row.Key]));

        // Networks whose readings at both lengths were stored were not drawn again.
        int whole = kept.Keys.CountBy(row => row.Replicate).Count(replicate => replicate.Value == 2);
        Assert.Equal(Replicates - whole, Drawn("run"));
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "20").Expect(0);
    }

    public void Dispose() => _folder.Dispose();

    private void Run(int computed, string[] sweep)
    {
        ProgramResult result = RunningProgram.Run(_folder.Path, ["run", .. sweep, "--json", "-o", "run"]).Expect(0);
        Assert.Equal(computed, result.Number("computed"));
        Assert.Equal(result.Number("cells"), result.Number("computed") + result.Number("stored_before"));
        Assert.Equal(result.Number("cells"), result.Number("done"));
    }

    private void AssertIsFresh(string[] sweep)
    {
        FinishedRun fresh = FinishedRun.Of(sweep);
        Assert.Equal(fresh.Tables, SmallSweep.TablesOf(_folder["run"]));
        Assert.Equal(fresh.Rows, StoredRows.Contents(_folder["run"]).Where(row => fresh.Rows.ContainsKey(row.Key)));
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "10").Expect(0);
    }

    // The number of networks that the last start of a run has drawn, from its log.
    private long Drawn(string folder) =>
        long.Parse(Draws().Matches(File.ReadAllText(Path.Combine(_folder[folder], "rnnsweep.log")))[^1].Groups[1].Value);

    private static IEnumerable<string> Without(string table, string column)
    {
        string[][] rows = [.. table.Split('\n').Select(line => line.Split(','))];
        int place = Array.IndexOf(rows[0], column);
        return rows.Select(row => string.Join(',', row.Where((_, i) => i != place)));
    }

    [GeneratedRegex(@"weights: (\d+) draws used")]
    private static partial Regex Draws();
}
