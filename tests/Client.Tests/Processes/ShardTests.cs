using System.Text.Json;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Shards that are computed separately and merged give the files of one run, byte for byte.</summary>
public sealed class ShardTests : ShardFolders
{
    [Fact]
    public void Three_shards_and_a_merge_are_one_run()
    {
        Whole();
        long cells = 0;
        foreach (int i in new[] { 3, 1, 2 })
        {
            ProgramResult run = Expect(0, ["run", .. Sweep, "--shard", $"{i}/3", "--json"]);
            cells += run.Number("computed");
            string folder = $"runs/blink-shard-{i}-of-3";
            Assert.Equal(Folder[folder], Text(run.Output, "folder"));
            Assert.Equal($"{i}/3", Text(File.ReadAllText(Folder[$"{folder}/manifest.json"]), "shard"));
            AssertOwnRows(folder);

            // For commands that only read it, the folder is that shard's.
            ProgramResult verified = Expect(0, "verify", folder, "--sample", "1000", "--json");
            Assert.Equal((run.Number("cells"), run.Number("cells")), (verified.Number("cells"), verified.Number("done")));
            ProgramResult plan = Expect(0, ["plan", .. Sweep, "--shard", $"{i}/3", "--json"]);
            Assert.Equal((run.Number("cells"), run.Number("cells")), (plan.Number("cells"), plan.Number("stored")));
            Dictionary<string, string> tables = SmallSweep.TablesOf(Folder[folder]);
            Expect(0, "export", folder);
            Assert.Equal(tables, SmallSweep.TablesOf(Folder[folder]));
        }

        Assert.Equal(SmallSweep.BlinkCells, cells);
        ProgramResult merged = Merge(0, 2, 3, 1);
        Assert.Equal((SmallSweep.BlinkCells, 0), (merged.Number("done"), merged.Number("missing")));
        AssertIsWhole();

        // The merged folder is an ordinary one, and merging again changes nothing.
        Dictionary<string, string> before = Contents("merged");
        Merge(0, 1, 2, 3);
        Assert.Equal(before, Contents("merged"));
        ProgramResult again = Expect(0, ["run", .. Sweep, "-o", "merged", "--json"]);
        Assert.Equal((SmallSweep.BlinkCells, 0), (again.Number("stored_before"), again.Number("computed")));
        AssertIsWhole();
    }

    [Fact]
    public void A_missing_shard_is_named_and_the_others_are_merged()
    {
        Whole();
        long first = Shard(1, 3), second = Shard(2, 3), third = Shard(3, 3);
        Directory.Move(Folder["runs/blink-shard-2-of-3"], Folder["elsewhere"]);
        ProgramResult merged = Merge(3, 1, 3);
        Assert.Equal((first + third, second), (merged.Number("done"), merged.Number("missing")));
        string line = Assert.Single(merged.ErrorLines, line => line.StartsWith("shard ", StringComparison.Ordinal));
        Assert.StartsWith($"shard 2/3 is missing, {second} cells; to compute it: ", line, StringComparison.Ordinal);
        Assert.Equal(1 + first + third, SmallSweep.TablesOf(Folder["merged"])["summary.csv"].Count(c => c == '\n'));
        Expect(0, "verify", "merged", "--sample", "1000");

        // The named command computes the shard, and the next merge adds it.
        Assert.Equal(0, RunningProgram.Shell(Folder.Path, line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ExitCode);
        Assert.Equal(SmallSweep.BlinkCells, Merge(0, 2).Number("done"));
        AssertIsWhole();
    }

    [Fact]
    public void A_failed_cell_stays_failed_unless_another_folder_has_its_result()
    {
        Whole();
        Shard(1, 2);
        Shard(2, 2);
        StoredRows.Fail(Folder["runs/blink-shard-1-of-2"], "it was too dark");
        ProgramResult merged = Merge(3, 1, 2);
        Assert.Equal((SmallSweep.BlinkCells - 1, 1, 0), (merged.Number("done"), merged.Number("failed"), merged.Number("missing")));
        Expect(0, "merge", "whole", "-o", "merged");
        AssertIsWhole();
    }

    [Fact]
    public void An_empty_shard_is_finished_at_once()
    {
        ProgramResult run = Expect(0, ["run", .. Sweep, "--shard", "11/11", "--json"]);
        Assert.Equal((0, 0), (run.Number("cells"), run.Number("computed")));
        Assert.All(SmallSweep.TablesOf(Folder["runs/blink-shard-11-of-11"]).Values, table => Assert.Equal(1, table.Count(c => c == '\n')));
        Expect(0, "verify", "runs/blink-shard-11-of-11");
        Assert.Contains("0 of 20", Expect(0, ["plan", .. Sweep, "--shard", "11/11"]).Output, StringComparison.Ordinal);

        // The other shards have one cell each, and the empty shard is not reported as missing.
        Whole();
        foreach (int i in Enumerable.Range(1, 10))
        {
            Assert.Equal(2, Shard(i, 11));
        }

        Merge(0, [.. Enumerable.Range(1, 10)]);
        AssertIsWhole();
    }

    /// <summary>The rows of a shard's tables are lines of the whole's, in the same order.</summary>
    private void AssertOwnRows(string folder)
    {
        foreach ((string table, string text) in SmallSweep.TablesOf(Folder[folder]))
        {
            string[] whole = SmallSweep.TablesOf(Folder["whole"])[table].Split('\n');
            int[] places = [.. text.Split('\n').Select(line => Array.IndexOf(whole, line))];
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        }
    }

    private static string Text(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).GetString()!;
    }
}
