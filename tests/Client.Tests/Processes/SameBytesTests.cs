using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The same sweep gives the same bytes, however it is computed.</summary>
public sealed class SameBytesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_thread_or_many_give_the_same_tables(bool isMeasured)
    {
        // With both statistics of a trajectory, for everything that threads might share: weights, states, products.
        string[] sweep = ["--set", "state=pre-activation,post-activation", "--set", "hidden_size=5,24",
            "--set", "spectral_radius=0.6..1.4:0.2", "--set", "sequence_length=300,20,77", "--set", "input_scale=0,0.3", "--set", "replicates=5",
            .. isMeasured ? SmallSweep.Measured : []];
        var tables = new List<Dictionary<string, string>>();
        foreach (string threads in new[] { "1", "2", "4", "13" })
        {
            RunningProgram.Run(_folder.Path, ["run", .. sweep, "--parallelism", threads, "-o", threads]).Expect(0);
            tables.Add(SmallSweep.TablesOf(_folder[threads]));
        }

        Assert.All(tables, table => Assert.Equal(tables[0], table));
        Assert.Equal(isMeasured ? ["replicates.csv", "summary.csv", "history.csv", "lags.csv", "leading.csv", "spectrum.csv"] : SmallSweep.Tables, tables[0].Keys);
    }

    // A shorter sweep is stored first, so that the other run resumes with longer sequences of the same trajectories and more replicates.
    [Fact]
    public void Leading_exponents_are_the_same_on_every_engine_and_after_a_resumed_run() =>
        AssertSameOnEveryEngine(SmallSweep.Leading, 3, "history.csv", "leading.csv"); // exponents

    [Fact]
    public void Gradients_are_the_same_on_every_engine_and_after_a_resumed_run() =>
        AssertSameOnEveryEngine(SmallSweep.Gradient, 3, "lags.csv"); // lags of 50 and of 5

    [Fact]
    public void Spectrum_and_lags_are_verified_exported_and_merged_like_the_other_tables()
    {
        string[] sweep = [.. SmallSweep.Blink, .. SmallSweep.Measured];
        FinishedRun whole = FinishedRun.Of(sweep);
        foreach (string shard in new[] { "1", "2" })
        {
            RunningProgram.Run(_folder.Path, ["run", .. sweep, "--shard", $"{shard}/2", "-o", shard]).Expect(0);
        }

        ProgramResult merged = RunningProgram.Run(_folder.Path, "merge", "1", "2", "-o", "run").Expect(0);
        Assert.Equal(["run/summary.csv", "run/replicates.csv", "run/spectrum.csv", "run/lags.csv", "run/leading.csv", "run/history.csv", "run/report.html"], merged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(whole.Tables, SmallSweep.TablesOf(_folder["run"]));
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "5").Expect(0);

        File.Delete(_folder["run/spectrum.csv"]);
        File.AppendAllText(_folder["run/lags.csv"], "x");
        Assert.Contains("spectrum.csv is not there", RunningProgram.Run(_folder.Path, "verify", "run").Expect(ExitCode.Damaged).Output, StringComparison.Ordinal);
        Assert.Equal(merged.Output, RunningProgram.Run(_folder.Path, "export", "run").Expect(0).Output);
        Assert.Equal(whole.Tables, SmallSweep.TablesOf(_folder["run"]));
    }

    [Fact]
    public void Rows_have_the_order_of_the_given_axes_and_the_same_numbers()
    {
        string[] radius = ["--set", "spectral_radius=1.5,0.5,1"], length = ["--set", "sequence_length=40,10"],
            size = ["--set", "hidden_size=6"];
        RunningProgram.Run(_folder.Path, ["run", .. size, .. radius, .. length, "-o", "radius"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. length, .. size, .. radius, "-o", "length"]).Expect(0);

        string[] radiusFirst = Rows("radius"), lengthFirst = Rows("length");
        Assert.Equal(["1.5,40", "1.5,10", "0.5,40", "0.5,10", "1,40", "1,10"],
            radiusFirst.Select(row => string.Join(',', row.Split(',')[..2])));
        Assert.Equal(["40,1.5", "40,0.5", "40,1", "10,1.5", "10,0.5", "10,1"],
            lengthFirst.Select(row => string.Join(',', row.Split(',')[..2])));
        Assert.Equal(radiusFirst.Select(WithoutCoordinates).Order(), lengthFirst.Select(WithoutCoordinates).Order());

        string[] Rows(string folder) =>
            SmallSweep.TablesOf(_folder[folder])["summary.csv"].Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        static string WithoutCoordinates(string row) => string.Join(',', row.Split(',')[2..]);
    }

    [Fact]
    public void Folders_that_share_a_store_compute_a_cell_once()
    {
        string[] command = ["run", .. SmallSweep.Blink, "--json"];
        ProgramResult first = RunningProgram.Run(_folder.Path, [.. command, "-o", "first", "--store", "shared.db"]).Expect(0);
        ProgramResult second = RunningProgram.Run(_folder.Path, [.. command, "-o", "second", "--store", "shared.db"]).Expect(0);
        Assert.Equal(SmallSweep.BlinkCells, first.Number("computed"));
        Assert.Equal(0, second.Number("computed"));

        // A sweep that shares some of its cells computes only the others.
        ProgramResult wider = RunningProgram.Run(_folder.Path,
            [.. command, "-o", "wider", "--store", "shared.db", "--set", "bias=0", "--set", "seed=1,2"]).Expect(0);
        Assert.Equal(SmallSweep.BlinkCells, wider.Number("computed"));
        Assert.Equal(SmallSweep.BlinkCells, wider.Number("stored_before"));

        Dictionary<string, string> tables = FinishedRun.Of(SmallSweep.Blink).Tables;
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["first"]));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["second"]));
        Assert.False(File.Exists(_folder["second/results.db"]));

        // The folder records its store, so the same command without --store resumes there.
        Assert.Equal(0, RunningProgram.Run(_folder.Path, [.. command, "-o", "second"]).Expect(0).Number("computed"));
        foreach (string folder in new[] { "first", "second", "wider" })
        {
            RunningProgram.Run(_folder.Path, "verify", folder, "--sample", "3").Expect(0);
        }
    }

    [Fact]
    public void Rewritten_tables_are_the_same()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        Array.ForEach(SmallSweep.Tables, table => File.Delete(Path.Combine(_folder["run"], table)));
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run"]));
    }

    public void Dispose() => _folder.Dispose();

    private void AssertSameOnEveryEngine(string[] options, int rowsOfLast, params string[] ofStatistics)
    {
        string[] sweep = [.. SmallSweep.Blink, .. options];
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "--engine", "threads", "-o", "threads"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "--engine", "silo", "-o", "silo"]).Expect(0);
        string[] part = [.. sweep.Select(option => option.Replace("sequence_length=50,5", "sequence_length=5", StringComparison.Ordinal).Replace("replicates=3", "replicates=2", StringComparison.Ordinal))];
        RunningProgram.Run(_folder.Path, ["run", .. part, "--store", "shared.db", "-o", "part"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "--store", "shared.db", "-o", "whole"]).Expect(0);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["threads"]);
        Assert.Equal(["replicates.csv", "summary.csv", .. ofStatistics], tables.Keys);
        Assert.Equal(1 + (SmallSweep.BlinkReadings * rowsOfLast), tables[ofStatistics[^1]].Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["silo"]));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["whole"]));
        foreach (string folder in new[] { "silo", "whole" })
        {
            RunningProgram.Run(_folder.Path, "verify", folder, "--sample", "5").Expect(0);
        }
    }
}
