using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A folder admits one run at a time and one sweep, which may grow.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public void A_second_run_on_a_folder_is_refused_and_changes_nothing()
    {
        string[] command = ["run", .. SmallSweep.Endless, "-o", "run"];
        using RunningProgram first = RunningProgram.Start(_folder.Path, command);
        first.WaitUntilItListens();
        first.WaitUntil(() => File.Exists(_folder["run/manifest.json"]));
        string sweep = File.ReadAllText(_folder["run/sweep.yaml"]), manifest = File.ReadAllText(_folder["run/manifest.json"]);
        foreach (string[] arguments in new[] { command, ["run", .. SmallSweep.Blink, "-o", "run"], ["export", "run"] })
        {
            ProgramResult second = RunningProgram.Run(_folder.Path, arguments).Expect(2);
            Assert.Contains($"process {first.Id}", Assert.Single(second.ErrorLines),
                StringComparison.Ordinal);
        }

        Assert.False(first.HasExited);
        Assert.Equal(sweep, File.ReadAllText(_folder["run/sweep.yaml"]));
        Assert.Equal(manifest, File.ReadAllText(_folder["run/manifest.json"]));

        // Commands that only read need not wait.
        RunningProgram.Run(_folder.Path, ["plan", .. SmallSweep.Endless, "-o", "run"]).Expect(0);

        first.Send(RunningProgram.Interrupt);
        first.WaitForExit().Expect(130);
        Assert.Equal(SmallSweep.Sessions(_folder["run"]).Sum(session => session.Computed), StoredRows.Read(_folder["run"]).CellsOf(SmallSweep.EndlessReplicates));
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "2").Expect(0);
    }

    [Fact]
    public void A_folder_of_another_sweep_is_not_changed()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        using TemporaryFolder before = Copy("run");
        foreach (string[] other in new string[][]
        {
            ["--set", "hidden_size=7"],
            [.. SmallSweep.Blink, "--set", "seed=2"],
            ["--set", "activation=tanh", "--set", "spectral_radius=0.8..1.2:0.1", "--set", "sequence_length=50,5",
                "--set", "hidden_size=6", "--set", "replicates=3"],
        })
        {
            ProgramResult refused = RunningProgram.Run(_folder.Path, ["run", .. other, "-o", "run"]).Expect(2);
            string line = Assert.Single(refused.ErrorLines);
            Assert.Contains(_folder["run"], line, StringComparison.Ordinal);
            Assert.Contains("-o", line, StringComparison.Ordinal);
            using TemporaryFolder after = Copy("run");
            Assert.Equal(before.Contents().Values, after.Contents().Values);
        }
    }

    [Fact]
    public void Adding_values_to_an_axis_computes_only_the_new_cells()
    {
        string[] small = ["run", "--set", "hidden_size=5", "--set", "spectral_radius=0.8..1:0.1", "--set", "sequence_length=20", "--json"];
        string[] large = ["run", "--set", "hidden_size=5", "--set", "spectral_radius=0.6..1.1:0.1", "--set", "sequence_length=40,20",
            "--json"];
        Assert.Equal(3, RunningProgram.Run(_folder.Path, [.. small, "-o", "run"]).Expect(0).Number("computed"));
        ProgramResult grown = RunningProgram.Run(_folder.Path, [.. large, "-o", "run"]).Expect(0);
        Assert.Equal(3, grown.Number("stored_before"));
        Assert.Equal(9, grown.Number("computed"));

        Assert.Equal(12, RunningProgram.Run(_folder.Path, [.. large, "-o", "fresh"]).Expect(0).Number("computed"));
        Assert.Equal(SmallSweep.TablesOf(_folder["fresh"]), SmallSweep.TablesOf(_folder["run"]));
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "12").Expect(0);
    }

    [Fact]
    public void Plan_counts_what_is_stored_and_makes_no_folder()
    {
        string[] sweep = [.. SmallSweep.Blink, "--json", "-o", "run"];
        Assert.Equal(0, RunningProgram.Run(_folder.Path, ["plan", .. sweep]).Expect(0).Number("stored"));
        Assert.False(Directory.Exists(_folder["run"]));
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        using TemporaryFolder before = Copy("run");
        Assert.Equal(SmallSweep.BlinkCells, RunningProgram.Run(_folder.Path, ["plan", .. sweep]).Expect(0).Number("stored"));
        using TemporaryFolder after = Copy("run");
        Assert.Equal(before.Contents().Values, after.Contents().Values);
    }

    [Theory]
    [InlineData("run", "sweep.yaml", 5)]
    [InlineData("some/new/run", "sweep.yaml", 5)]
    [InlineData("run", "nowhere/x.db", 4)]
    public void A_run_that_is_refused_for_its_store_leaves_no_folder(string folder, string store, int exitCode)
    {
        File.WriteAllText(_folder["sweep.yaml"], "hidden_size: 4\n");
        RunningProgram.Run(_folder.Path, "run", "sweep.yaml", "-o", folder, "--store", store).Expect(exitCode);
        Assert.Equal([_folder["sweep.yaml"]], Directory.EnumerateFileSystemEntries(_folder.Path));

        Directory.CreateDirectory(_folder[folder]);
        RunningProgram.Run(_folder.Path, "run", "sweep.yaml", "-o", folder, "--store", store).Expect(exitCode);
        Assert.True(Directory.Exists(_folder[folder]));
        RunningProgram.Run(_folder.Path, "run", "sweep.yaml", "-o", folder, "--store", $"{folder}/x.db").Expect(0);
    }

    [Fact]
    public void Plan_counts_the_stored_cells_of_its_own_sweep_and_shard()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        StoredRows.RemoveCells(_folder["run"], 3);
        Assert.Equal(SmallSweep.BlinkCells - 3, Stored([.. SmallSweep.Blink, "-o", "run"]));

        // A cell without one of its readings does not count as stored.
        Assert.Equal(1, StoredRows.Execute(_folder["run"], "DELETE FROM readings WHERE (cell, replicate) = (SELECT cell, replicate FROM readings ORDER BY cell DESC, replicate DESC LIMIT 1)"));
        Assert.Equal(SmallSweep.BlinkCells - 4, Stored([.. SmallSweep.Blink, "-o", "run"]));
        Assert.Equal(0, Stored([.. SmallSweep.Blink, "--set", "seed=2", "-o", "run"]));

        long part = RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "--shard", "1/2", "-o", "part", "--json"]).Expect(0).Number("cells");
        Assert.Equal(part, Stored([.. SmallSweep.Blink, "--shard", "1/2", "-o", "part"]));
        Assert.Equal(part, Stored([.. SmallSweep.Blink, "-o", "part"]));
        Assert.Equal(0, Stored([.. SmallSweep.Blink, "--shard", "2/2", "-o", "part"]));

        long Stored(string[] sweep) => RunningProgram.Run(_folder.Path, ["plan", .. sweep, "--json"]).Expect(0).Number("stored");
    }

    [Fact]
    public void A_plan_estimates_the_time_of_a_run_where_it_is_asked_to()
    {
        string[] sweep = ["plan", "--set", "hidden_size=4096", "--set", "statistics=leading", "--set", "leading=8", "--set", "sequence_length=2000", "--set", "scaling=expected", "--parallelism", "2"];
        Assert.DoesNotContain("\ntime ", RunningProgram.Run(_folder.Path, sweep).Expect(0).Output);
        Assert.Matches(@"\ntime +about \d+ (s|min|h|days) on this machine\n", RunningProgram.Run(_folder.Path, [.. sweep, "--time"]).Expect(0).Output);

        ProgramResult json = RunningProgram.Run(_folder.Path, [.. sweep, "--time", "--json"]).Expect(0);
        Assert.InRange(json.Number("seconds"), 1, 10_000_000); // 8e11 operations, at 8e4 to 8e11 a second: the machine may be busy
    }

    public void Dispose() => _folder.Dispose();

    private TemporaryFolder Copy(string folder)
    {
        var copy = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(_folder[folder]))
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        return copy;
    }
}
