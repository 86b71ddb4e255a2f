using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Shards that do not fit together are reported, and nothing is written.</summary>
public sealed class RefusedShardTests : ShardFolders
{
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
            Expect(0, ["run", .. Sweep.Select(set => SameField(set, other[1]) ? other[1] : set), .. NewField(other), "--shard", "2/2", "-o", "foreign"]);
            ProgramResult refused = Expect(2, "merge", "runs/blink-shard-1-of-2", "foreign", "-o", "merged");
            Assert.Equal($"rnnsweep: foreign is of another sweep than runs/blink-shard-1-of-2: {difference}", refused.ErrorLines[0]);
            Assert.False(Directory.Exists(Folder["merged"]));
            Directory.Delete(Folder["foreign"], recursive: true);
        }

        static bool SameField(string set, string other) => set.Contains('=', StringComparison.Ordinal) && set.Split('=')[0] == other.Split('=')[0];

        static string[] NewField(string[] other) => Sweep.Any(set => SameField(set, other[1])) ? [] : other;
    }

    [Fact]
    public void A_folder_of_another_sweep_is_refused_as_target_of_a_merge()
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

        // A shard's folder does not accept another shard either.
        ProgramResult refused = Expect(2, ["run", .. Sweep, "--shard", "2/2", "-o", "runs/blink-shard-1-of-2"]);
        Assert.Contains("not in shard 2/2 of this sweep", refused.Error, StringComparison.Ordinal);
        Assert.Equal(part, Contents("runs/blink-shard-1-of-2"));
    }

    [Fact]
    public void Contradictory_results_are_named_by_their_cell_and_equal_ones_are_accepted()
    {
        Whole();
        Shard(1, 2);
        Shard(1, 3);
        Expect(3, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-1-of-3", "-o", "both");
        Expect(0, "merge", "runs/blink-shard-1-of-2", "whole", "-o", "merged");
        AssertIsWhole();

        // Another run of the same sweep in which one result has the numbers of another cell and a correct checksum.
        SweepPlan part = SmallSweep.PlanOf(Sweep).Part(new Shard(1, 2));
        CellKey forged = CellKey.Of(part.Cell(0));
        using (var store = SqliteResultStore.OpenOrCreate(Folder["whole/results.db"]))
        {
            CellResult other = store.Find(part.Cell(1))!;
            StoredRows.Execute(Folder["whole"], "DELETE FROM readings WHERE replicate = 1 AND cell = (SELECT id FROM cells WHERE key = $key)", ("$key", forged.ToArray()));
            store.Add([new CellResult(part.Cell(0), forged, [other.Replicates[1]])], []);
        }

        ProgramResult refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "whole", "-o", "refused");
        Assert.Contains($"whole cannot be merged: its result of cell {forged} (activation ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("), replicate 1, is not that of", refused.Error, StringComparison.Ordinal);
        Assert.Contains("is not that of runs/blink-shard-1-of-2", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder["refused"]));
    }

    [Fact]
    public void A_damaged_shard_is_named_and_nothing_is_written()
    {
        Shard(1, 2);
        Shard(2, 2);
        StoredRows.Execute(Folder["runs/blink-shard-2-of-2"], "UPDATE readings SET omega = omega + 1 WHERE cell = 1 AND replicate = 0");
        ProgramResult refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.Contains("runs/blink-shard-2-of-2 cannot be merged: ", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder["merged"]));

        File.WriteAllText(Folder["runs/blink-shard-2-of-2/results.db"], "nothing of ours");
        refused = Expect(5, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.Contains("runs/blink-shard-2-of-2", refused.Error, StringComparison.Ordinal);
        File.Delete(Folder["runs/blink-shard-2-of-2/results.db"]);
        Expect(4, "merge", "runs/blink-shard-1-of-2", "runs/blink-shard-2-of-2", "-o", "merged");
        Assert.False(Directory.Exists(Folder["merged"]));
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1/0")]
    [InlineData("x")]
    [InlineData("1/2/3")]
    [InlineData("-1/3")]
    [InlineData("")]
    public void A_folder_that_is_not_a_shard_is_refused(string shard)
    {
        foreach (string command in new[] { "run", "plan" })
        {
            ProgramResult refused = Expect(2, [command, .. Sweep, "--shard", shard]);
            Assert.Equal($"rnnsweep: --shard must be i/n with 1 ≤ i ≤ n, such as 2/8, but was '{shard}'", Assert.Single(refused.ErrorLines));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder.Path));
    }

    [Theory]
    [InlineData("merge")]
    [InlineData("merge missing")]
    [InlineData("merge missing -o merged")]
    [InlineData("merge -o merged")]
    [InlineData("merge . -o merged")]
    [InlineData("merge --colour -o merged")]
    public void A_merge_without_shards_is_refused(string arguments)
    {
        Expect(2, arguments.Split(' '));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder.Path));
    }
}
