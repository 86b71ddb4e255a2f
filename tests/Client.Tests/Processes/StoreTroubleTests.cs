using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A damaged, foreign or unreachable store: one message, the right exit code, and no change of the file.</summary>
public sealed class StoreTroubleTests : IDisposable
{
    private static readonly string[] s_command = ["run", .. SmallSweep.Blink, "-o", "run"];
    private readonly TemporaryFolder _folder = new();

    private string Store => _folder["run/results.db"];

    [Fact]
    public void A_truncated_store_is_left_as_it_is()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        foreach (double rest in new[] { 0.6, 0.0 })
        {
            using (var file = new FileStream(Store, FileMode.Open))
            {
                file.SetLength((long)(file.Length * rest));
            }

            AssertDamaged(s_command);
            AssertDamaged("verify", "run");
            AssertDamaged("export", "run");
        }
    }

    [Fact]
    public void A_store_overwritten_in_the_middle_is_detected_and_not_changed()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        byte[] sound = File.ReadAllBytes(Store);

        // Every page except the first is overwritten in turn; whichever it is, its results are not accepted.
        for (int page = 1; page < sound.Length / 4096; page += 2)
        {
            byte[] bytes = [.. sound];
            new Random(page).NextBytes(bytes.AsSpan(page * 4096, 4096));
            File.WriteAllBytes(Store, bytes);
            Assert.Equal(5, RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "0").ExitCode);
            Assert.Equal(bytes, File.ReadAllBytes(Store));
        }
    }

    [Fact]
    public void A_database_of_another_application_is_not_changed()
    {
        Directory.CreateDirectory(_folder["run"]);
        StoredRows.Execute(_folder["run"],
            "CREATE TABLE results (key BLOB PRIMARY KEY, payload BLOB); CREATE TABLE failures (key, reason)");
        Assert.Contains("another program", AssertDamaged(s_command), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_of_the_previous_format_is_not_changed_and_the_message_says_what_to_do()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        File.Delete(Store);
        UnusableStoreTests.MakeFormat1(Store);
        foreach (string[] arguments in new string[][] { s_command, ["plan", .. SmallSweep.Blink, "-o", "run"], ["verify", "run"], ["export", "run"], ["show", "run"], ["merge", "run", "-o", "merged"] })
        {
            string line = AssertDamaged(arguments);
            Assert.Contains("an older version of rnnsweep, in format 1", line, StringComparison.Ordinal);
            Assert.Contains("choose another folder with -o, or delete this one and run the sweep again", line, StringComparison.Ordinal);
        }

        // What the message recommends.
        RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "other"]).Expect(0);
        Directory.Delete(_folder["run"], recursive: true);
        RunningProgram.Run(_folder.Path, s_command).Expect(0);
        Assert.Equal(SmallSweep.TablesOf(_folder["other"]), SmallSweep.TablesOf(_folder["run"]));
    }

    [Fact]
    public void A_text_file_in_place_of_the_store_is_not_changed()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(Store, string.Join('\n', Enumerable.Repeat("These are my notes. They are not to be overwritten.", 100)));
        Assert.Contains("not an SQLite database", AssertDamaged(s_command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-o", "file/run")]
    [InlineData("-o", "file")]
    [InlineData("-o", "run", "--store", "file/shared.db")]
    [InlineData("-o", "run", "--store", "missing/shared.db")]
    [InlineData("-o", "run", "--store", "folder")]
    [InlineData("-o", "/proc/run")]
    public void A_place_that_cannot_be_written_is_reported_in_one_line(params string[] place)
    {
        File.WriteAllText(_folder["file"], "precious");
        Directory.CreateDirectory(_folder["folder"]);
        ProgramResult result = RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, .. place]).Expect(4);
        Assert.StartsWith("rnnsweep: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_folder["file"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["folder"]));
    }

    [SkippableFact]
    public void A_read_only_disk_is_reported_and_can_still_be_verified()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip(_folder["disk"]);
        RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "disk/run"]).Expect(0);
        disk.MakeReadOnly();
        foreach (string[] arguments in new string[][] { ["run", .. SmallSweep.Blink, "-o", "disk/run"],
            ["run", .. SmallSweep.Blink, "-o", "disk/new"], ["export", "disk/run"] })
        {
            Assert.Single(RunningProgram.Run(_folder.Path, arguments).Expect(4).ErrorLines);
        }

        RunningProgram.Run(_folder.Path, "verify", "disk/run").Expect(0);
        RunningProgram.Run(_folder.Path, ["plan", .. SmallSweep.Blink, "-o", "disk/run"]).Expect(0);
    }

    [SkippableFact]
    public void A_full_disk_stops_the_run_at_any_point_and_the_run_can_be_resumed()
    {
        string[] sweep = ["--set", "hidden_size=2", "--set", "spectral_radius=0.8..1.2/80", "--set", "sequence_length=5,50",
            "--set", "replicates=4"], command = ["run", .. sweep, "--json", "-o", "disk/run"];
        Dictionary<string, string> tables = FinishedRun.Of(sweep).Tables;

        // A slower machine writes more batches and a longer log; the empty disk has room for any number of them.
        using SmallDisk disk = SmallDisk.MountOrSkip(_folder["disk"], megabytes: 8);

        // Room for nothing, for the store only, for some results, for all results but no tables, …
        int full = 0;
        foreach (int room in new[] { 0, 16, 48, 112, 176, 256, 352 })
        {
            disk.Fill();
            string filling = _folder["disk/filling"];
            using (var file = new FileStream(filling, FileMode.Open))
            {
                file.SetLength(Math.Max(0, file.Length - (room * 1024)));
            }

            ProgramResult result = RunningProgram.Run(_folder.Path, command);
            full += result.ExitCode == 0 ? 0 : 1;
            if (result.ExitCode != 0)
            {
                Assert.StartsWith("rnnsweep: ", Assert.Single(result.Expect(4).ErrorLines), StringComparison.Ordinal);
            }

            Dictionary<(string, long), StoredRow> rows = Directory.Exists(_folder["disk/run"]) ? StoredRows.Read(_folder["disk/run"]) : [];
            Assert.All(SmallSweep.Tables.Where(table => File.Exists(Path.Combine(_folder["disk/run"], table))), table =>
                Assert.Equal(tables[table], File.ReadAllText(Path.Combine(_folder["disk/run"], table))));

            File.Delete(filling);
            ProgramResult last = RunningProgram.Run(_folder.Path, command).Expect(0);
            Assert.Equal(rows.CellsOf(4), last.Number("stored_before"));
            Assert.Equal(tables, SmallSweep.TablesOf(_folder["disk/run"]));
            Directory.Delete(_folder["disk/run"], recursive: true);
        }

        Assert.True(full >= 3, $"only {full} runs found the disk full");
    }

    public void Dispose() => _folder.Dispose();

    private string AssertDamaged(params string[] arguments)
    {
        byte[] before = File.ReadAllBytes(Store);
        ProgramResult result = RunningProgram.Run(_folder.Path, arguments).Expect(5);
        string line = Assert.Single(result.ErrorLines);
        Assert.StartsWith("rnnsweep: ", line, StringComparison.Ordinal);
        Assert.Contains(Store, line, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Store));
        return line;
    }
}
