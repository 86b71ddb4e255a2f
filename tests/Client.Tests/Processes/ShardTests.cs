using System.Text.Json;
using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Shards computed apart and merged are one run, byte for byte; what does not fit together is said.</summary>
public sealed class ShardTests : IDisposable
{
    private static readonly string[] s_sweep = [.. SmallSweep.Blink, "--set", "name=blink"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Three_shards_and_a_merge_are_one_run()
    {
        Expect(0, ["run", .. s_sweep, "-o", "whole"]);
        long cells = 0;
        foreach (int i in new[] { 3, 1, 2 })
        {
            ProgramResult run = Expect(0, ["run", .. s_sweep, "--shard", $"{i}/3", "--json"]);
            cells += run.Number("computed");
            string folder = $"runs/blink-shard-{i}-of-3";
            Assert.Equal(_folder[folder], Text(run.Output, "folder"));
            Assert.Equal($"{i}/3", Text(File.ReadAllText(_folder[$"{folder}/manifest.json"]), "shard"));
            AssertOwnRows(folder);

            // For whoever only reads it, the folder is that shard.
            ProgramResult verified = Expect(0, "verify", folder, "--sample", "1000", "--json");
            Assert.Equal((run.Number("cells"), run.Number("cells")), (verified.Number("cells"), verified.Number("done")));
            ProgramResult plan = Expect(0, ["plan", .. s_sweep, "--shard", $"{i}/3", "--json"]);
            Assert.Equal((run.Number("cells"), run.Number("cells")), (plan.Number("cells"), plan.Number("stored")));
            Dictionary<string, string> tables = SmallSweep.TablesOf(_folder[folder]);
            Expect(0, "export", folder);
            Assert.Equal(tables, SmallSweep.TablesOf(_folder[folder]));
        }

        Assert.Equal(SmallSweep.BlinkCells, cells);
        ProgramResult merged = Merge(0, 2, 3, 1);
        Assert.Equal((SmallSweep.BlinkCells, 0), (merged.Number("done"), merged.Number("missing")));
        AssertIsWhole();

        // The folder is an ordinary one, and merging again changes nothing.
        Dictionary<string, string> before = Contents("merged");
        Merge(0, 1, 2, 3);
        Assert.Equal(before, Contents("merged"));
        ProgramResult again = Expect(0, ["run", .. s_sweep, "-o", "merged", "--json"]);
        Assert.Equal((SmallSweep.BlinkCells, 0), (again.Number("stored_before"), again.Number("computed")));
        AssertIsWhole();
    }

    [Fact]
    public void A_missing_shard_is_named_and_what_is_there_is_kept()
    {
        Expect(0, ["run", .. s_sweep, "-o", "whole"]);
        long first = Shard(1, 3), second = Shard(2, 3), third = Shard(3, 3);
        Directory.Move(_folder["runs/blink-shard-2-of-3"], _folder["elsewhere"]);
        ProgramResult merged = Merge(3, 1, 3);
        Assert.Equal((first + third, second), (merged.Number("done"), merged.Number("missing")));
        string line = Assert.Single(merged.ErrorLines, line => line.StartsWith("shard ", StringComparison.Ordinal));
        Assert.StartsWith($"shard 2/3 is missing, {second} cells; to compute it: ", line, StringComparison.Ordinal);
        Assert.Equal(1 + first + third, SmallSweep.TablesOf(_folder["merged"])["summary.csv"].Count(c => c == '\n'));
        Expect(0, "verify", "merged", "--sample", "1000");

        // The command is one, and merging adds to what is there.
        Assert.Equal(0, RunningProgram.Shell(_folder.Path, line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ExitCode);
        Assert.Equal(SmallSweep.BlinkCells, Merge(0, 2).Number("done"));
        AssertIsWhole();
    }

    [Fact]
    public void A_shard_that_was_killed_is_named_goes_on_and_is_merged()
    {
        string[] sweep = [.. SmallSweep.Seconds, "--set", "name=blink", "--parallelism", "2"];
        Expect(0, ["run", .. sweep, "-o", "whole"]);
        using (RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. sweep, "--shard", "1/2"]))
        {
            program.WaitUntil(() => Stored([.. sweep, "--shard", "1/2"]) > 0);
            program.Send(RunningProgram.Kill);
            program.WaitForExit();
        }

        int kept = StoredRows.Read(_folder["runs/blink-shard-1-of-2"]).Count;
        Expect(0, ["run", .. sweep, "--shard", "2/2"]);
        ProgramResult merged = Merge(3, 1, 2);
        string line = Assert.Single(merged.ErrorLines, line => line.StartsWith("shard ", StringComparison.Ordinal));
        Assert.StartsWith(
            $"shard 1/2 in runs/blink-shard-1-of-2 is not finished, {merged.Number("missing")} cells missing; to finish it: ", line, StringComparison.Ordinal);

        RunningProgram.Shell(_folder.Path, line[(line.IndexOf("it: ", StringComparison.Ordinal) + 4)..]).Expect(0);
        long computed = SmallSweep.Sessions(_folder["runs/blink-shard-1-of-2"])[^1].Computed;
        Assert.Equal(merged.Number("missing"), computed);
        Assert.True(kept > 0 && merged.Number("done") >= kept);
        Merge(0, 1, 2);
        AssertIsWhole();
    }

    [Fact]
    public void A_shard_of_another_sweep_is_refused_and_nothing_is_written()
    {
        Shard(1, 2);
        foreach ((string[] other, string difference) in new (string[], string)[]
        {
            (["--set", "seed=2"], "seed is 2 instead of 1"),
            (["--set", "spectral_radius=0.8..1.1:0.1"], "spectral_radius has 4 values instead of 5"),
            (["--set", "activation=tanh,erf"], "value 2 of activation is erf instead of relu"),
        })
        {
            Expect(0, ["run", .. s_sweep.Select(set => SameField(set, other[1]) ? other[1] : set), .. NewField(other), "--shard", "2/2", "-o", "foreign"]);
            ProgramResult refused = Expect(2, "merge", "runs/blink-shard-1-of-2", "foreign", "-o", "merged");
            Assert.Equal($"rnnsweep: foreign is of another sweep than runs/blink-shard-1-of-2: {difference}", refused.ErrorLines[0]);
            Assert.False(Directory.Exists(_folder["merged"]));
            Directory.Delete(_folder["foreign"], recursive: true);
        }

        static bool SameField(string set, string other) => set.Contains('=', StringComparison.Ordinal) && set.Split('=')[0] == other.Split('=')[0];

        static string[] NewField(string[] other) => s_sweep.Any(set => SameField(set, other[1])) ? [] : other;
    }

    [Fact]
    public void A_folder_that_is_not_the_wholes_takes_no_merge()
    {
        Shard(1, 2);
        Shard(2, 2);
        Expect(0, "run", "--set", "hidden_size=3", "-o", "other");
        Dictionary<string, string> part = Contents("runs/blink-shard-1-of-2"), other = Contents("other");
        Expect(2, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "runs/blink-shard-1-of-2");
        Expect(2, "merge", "runs/blink-shard-2-of-2", "-o", "runs/blink-shard-1-of-2");
        Expect(2, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "other");
        Assert.Equal(part, Contents("runs/blink-shard-1-of-2"));
        Assert.Equal(other, Contents("other"));

        // Nor does a shard's folder take another shard.
        ProgramResult refused = Expect(2, ["run", .. s_sweep, "--shard", "2/2", "-o", "runs/blink-shard-1-of-2"]);
        Assert.Contains("not in shard 2/2 of this sweep", refused.Error, StringComparison.Ordinal);
        Assert.Equal(part, Contents("runs/blink-shard-1-of-2"));
    }

    [Fact]
    public void Results_that_contradict_each_other_are_named_by_their_cell_and_equal_ones_are_not()
    {
        Expect(0, ["run", .. s_sweep, "-o", "whole"]);
        Shard(1, 2);
        Shard(1, 3);
        Expect(3, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-1-of-3", "-o", "both");
        Expect(0, "merge", "runs/blink-shard-1-of-2", "whole", "-o", "merged");
        AssertIsWhole();

        // Another run of the same sweep in which one result is that of another cell's numbers, with a checksum that is right.
        Dictionary<string, (long Place, string Payload)> rows = StoredRows.Read(_folder["runs/blink-shard-1-of-2"]);
        (string key, string other) = (rows.Keys.First(), rows.Keys.Last());
        Core.Experiments.CellKey forgedKey = new(Convert.FromHexString(key)), otherKey = new(Convert.FromHexString(other));
        Core.Experiments.CellResult forged = Core.Results.CellResultCodec.Decode(otherKey, Convert.FromHexString(rows[other].Payload)) with { Key = forgedKey };
        StoredRows.Execute(_folder["whole"], "UPDATE results SET payload = $payload WHERE key = $key",
            ("$payload", Core.Results.CellResultCodec.Encode(forged)), ("$key", forgedKey.ToArray()));
        ProgramResult refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "whole", "-o", "refused");
        Assert.Contains($"whole cannot be merged: its result of cell {forgedKey} (activation ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("is not that of runs/blink-shard-1-of-2", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["refused"]));
    }

    [Fact]
    public void A_damaged_shard_is_named_and_nothing_is_written()
    {
        Shard(1, 2);
        Shard(2, 2);
        StoredRows.Execute(_folder["runs/blink-shard-2-of-2"], "UPDATE results SET payload = zeroblob(9) WHERE rowid = 1");
        ProgramResult refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.Contains("runs/blink-shard-2-of-2 cannot be merged: ", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["merged"]));

        File.WriteAllText(_folder["runs/blink-shard-2-of-2/results.db"], "nothing of ours");
        refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.Contains("runs/blink-shard-2-of-2", refused.Error, StringComparison.Ordinal);
        File.Delete(_folder["runs/blink-shard-2-of-2/results.db"]);
        Expect(4, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.False(Directory.Exists(_folder["merged"]));
    }

    [Fact]
    public void A_cell_that_failed_stays_so_unless_another_folder_has_its_result()
    {
        Expect(0, ["run", .. s_sweep, "-o", "whole"]);
        Shard(1, 2);
        Shard(2, 2);
        byte[] key = Convert.FromHexString(StoredRows.Read(_folder["runs/blink-shard-1-of-2"]).Keys.First());
        StoredRows.Execute(_folder["runs/blink-shard-1-of-2"],
            "DELETE FROM results WHERE key = $key; INSERT INTO failures VALUES ($key, 'it was too dark')", ("$key", key));
        ProgramResult merged = Merge(3, 1, 2);
        Assert.Equal((SmallSweep.BlinkCells - 1, 1, 0), (merged.Number("done"), merged.Number("failed"), merged.Number("missing")));
        Expect(0, "merge", "whole", "-o", "merged");
        AssertIsWhole();
    }

    [SkippableFact]
    public void A_shard_that_is_being_computed_is_read_as_it_is()
    {
        // More than any test waits for, and the first results soon.
        string[] endless = ["--set", "name=blink", "--set", "hidden_size=6", "--set", "spectral_radius=0.5..1.5/9999", "--set", "sequence_length=10000",
            "--shard", "1/2"];
        using RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. endless]);
        program.WaitUntilItListens();
        program.WaitUntil(() => Stored(endless) > 0);
        ProgramResult merged = Merge(3, 1);
        Assert.True(merged.Number("done") > 0);
        Assert.Contains("shard 1/2 in runs/blink-shard-1-of-2 is not finished", merged.Error, StringComparison.Ordinal);
        Assert.Contains("shard 2/2 is missing", merged.Error, StringComparison.Ordinal);
        Assert.False(program.HasExited);
        Expect(0, "verify", "merged", "--sample", "1");
        program.Send(RunningProgram.Interrupt);
        ProgramResult stopped = program.WaitForExit().Expect(130);
        Assert.Contains("--shard 1/2", stopped.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_shard_is_finished_at_once()
    {
        ProgramResult run = Expect(0, ["run", .. s_sweep, "--shard", "11/11", "--json"]);
        Assert.Equal((0, 0), (run.Number("cells"), run.Number("computed")));
        Assert.All(SmallSweep.TablesOf(_folder["runs/blink-shard-11-of-11"]).Values, table => Assert.Equal(1, table.Count(c => c == '\n')));
        Expect(0, "verify", "runs/blink-shard-11-of-11");
        Assert.Contains("0 of 20", Expect(0, ["plan", .. s_sweep, "--shard", "11/11"]).Output, StringComparison.Ordinal);

        // A cell a shard, as far as there are any, and the empty one not missed.
        Expect(0, ["run", .. s_sweep, "-o", "whole"]);
        foreach (int i in Enumerable.Range(1, 10))
        {
            Assert.Equal(2, Shard(i, 11));
        }

        Merge(0, [.. Enumerable.Range(1, 10)]);
        AssertIsWhole();
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1/0")]
    [InlineData("x")]
    [InlineData("1/2/3")]
    [InlineData("-1/3")]
    [InlineData("")]
    public void What_is_no_shard_is_refused(string shard)
    {
        foreach (string command in new[] { "run", "plan" })
        {
            ProgramResult refused = Expect(2, [command, .. s_sweep, "--shard", shard]);
            Assert.Equal($"rnnsweep: --shard must be i/n with 1 ≤ i ≤ n, such as 2/8, but was '{shard}'", Assert.Single(refused.ErrorLines));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("merge")]
    [InlineData("merge missing")]
    [InlineData("merge missing -o merged")]
    [InlineData("merge -o merged")]
    [InlineData("merge . -o merged")]
    [InlineData("merge --colour -o merged")]
    public void A_merge_of_nothing_is_refused(string arguments)
    {
        Expect(2, arguments.Split(' '));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void The_line_for_GNU_parallel_in_the_deploy_page_works()
    {
        ProgramResult version = RunningProgram.Shell(_folder.Path, "parallel --version");
        Skip.IfNot(version.Output.StartsWith("GNU parallel", StringComparison.Ordinal), "GNU parallel is not installed");
        string[] lines = [.. DeployPage("parallel "), .. DeployPage("rnnsweep merge ")];
        Assert.Equal(2, lines.Length);
        PutOnPath();
        Array.ForEach(lines, line => RunningProgram.Shell(_folder.Path, $"PATH=\"$PWD:$PATH\"; {line}").Expect(0));
        AssertIsWhole("runs/edge-of-chaos");
    }

    [SkippableFact]
    public void The_job_array_computes_a_shard_a_task()
    {
        Skip.If(OperatingSystem.IsWindows(), "it is a shell script");
        PutOnPath();
        string script = SourceTree.PathOf("deploy", "slurm", "shards.sbatch");
        foreach (int task in new[] { 1, 2, 3 })
        {
            RunningProgram.Shell(_folder.Path, $"SLURM_ARRAY_TASK_ID={task} SLURM_CPUS_PER_TASK=2 '{script}' 3 examples/edge-of-chaos.yaml").Expect(0);
        }

        RunningProgram.Shell(_folder.Path, $"'{script}' 3 examples/edge-of-chaos.yaml").Expect(1);
        RunningProgram.Shell(_folder.Path, $"'{script}' 3").Expect(2);
        Expect(0, ["merge", .. Enumerable.Range(1, 3).Select(i => $"runs/edge-of-chaos-shard-{i}-of-3"), "-o", "runs/edge-of-chaos"]);
        AssertIsWhole("runs/edge-of-chaos");
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Expect(int exitCode, params string[] arguments) => RunningProgram.Run(_folder.Path, arguments).Expect(exitCode);

    private ProgramResult Merge(int exitCode, params int[] numbers)
    {
        IEnumerable<string> folders = numbers.Select(i => Path.GetRelativePath(_folder.Path, Directory.GetDirectories(_folder["runs"], $"blink-shard-{i}-of-*").Single()));
        return Expect(exitCode, ["merge", .. folders, "-o", "merged", "--json"]);
    }

    /// <summary>Computes a shard of the sweep; how many cells it has.</summary>
    private long Shard(int number, int count) => Expect(0, ["run", .. s_sweep, "--shard", $"{number}/{count}", "--json"]).Number("computed");

    private long Stored(string[] sweep) => Expect(0, ["plan", .. sweep, "--json"]).Number("stored");

    private void AssertIsWhole(string merged = "merged")
    {
        Assert.Equal(SmallSweep.TablesOf(_folder["whole"]), SmallSweep.TablesOf(_folder[merged]));
        Assert.Equal(File.ReadAllText(_folder["whole/sweep.yaml"]), File.ReadAllText(_folder[$"{merged}/sweep.yaml"]));
        Assert.Equal(Payloads("whole"), Payloads(merged));
        Expect(0, "verify", merged, "--sample", "3");
    }

    /// <summary>The rows of a shard's tables are lines of the whole's, in the same order.</summary>
    private void AssertOwnRows(string folder)
    {
        foreach ((string table, string text) in SmallSweep.TablesOf(_folder[folder]))
        {
            string[] whole = SmallSweep.TablesOf(_folder["whole"])[table].Split('\n');
            int[] places = [.. text.Split('\n').Select(line => Array.IndexOf(whole, line))];
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        }
    }

    private SortedDictionary<string, string> Payloads(string folder) =>
        new(StoredRows.Read(_folder[folder]).ToDictionary(row => row.Key, row => row.Value.Payload));

    /// <summary>All files but the log and the lock, which tell of every start.</summary>
    private Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(_folder[folder])
        .Where(file => Path.GetFileName(file) is not ("rnnsweep.log" or "run.lock"))
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    /// <summary>The program by its name, the sweep that the page names, small, and what it comes to without shards.</summary>
    private void PutOnPath()
    {
        File.CreateSymbolicLink(_folder["rnnsweep"], RunningProgram.Path);
        Directory.CreateDirectory(_folder["examples"]);
        File.WriteAllText(_folder["examples/edge-of-chaos.yaml"],
            "name: edge-of-chaos\nhidden_size: [4, 8]\nspectral_radius: { from: 0.5, to: 1.5, step: 0.1 }\nsequence_length: [10, 20]\nreplicates: 2\n");
        Expect(0, "run", "examples/edge-of-chaos.yaml", "-o", "whole");
    }

    private static IEnumerable<string> DeployPage(string start) =>
        Regex.Matches(File.ReadAllText(SourceTree.PathOf("deploy", "README.md")), $"^{start}.*$", RegexOptions.Multiline).Select(line => line.Value);

    private static string Text(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).GetString()!;
    }
}
