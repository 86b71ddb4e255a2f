using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A folder in which shards of one small sweep are computed and merged.</summary>
public abstract class ShardFolders : IDisposable
{
    private protected static string[] Sweep { get; } = [.. SmallSweep.Blink, "--set", "name=blink"];

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ProgramResult Expect(int exitCode, params string[] arguments) => RunningProgram.Run(Folder.Path, arguments).Expect(exitCode);

    private protected ProgramResult Merge(int exitCode, params int[] numbers)
    {
        IEnumerable<string> folders = numbers.Select(i => Path.GetRelativePath(Folder.Path, Directory.GetDirectories(Folder["runs"], $"blink-shard-{i}-of-*").Single()));
        return Expect(exitCode, ["merge", .. folders, "-o", "merged", "--json"]);
    }

    /// <summary>The folder of the sweep without shards, as if it had been computed here.</summary>
    private protected void Whole() => FinishedRun.Of(Sweep).CopyTo(Folder["whole"]);

    /// <summary>The folder of a shard, as if it had been computed here; returns its number of cells.</summary>
    private protected long Shard(int number, int count)
    {
        FinishedRun shard = FinishedRun.Of([.. Sweep, "--shard", $"{number}/{count}"]);
        shard.CopyTo(Folder[$"runs/blink-shard-{number}-of-{count}"]);
        return shard.Cells;
    }

    private protected void AssertIsWhole(string merged = "merged")
    {
        Assert.Equal(SmallSweep.TablesOf(Folder["whole"]), SmallSweep.TablesOf(Folder[merged]));
        Assert.Equal(File.ReadAllText(Folder["whole/sweep.yaml"]), File.ReadAllText(Folder[$"{merged}/sweep.yaml"]));
        Assert.Equal(StoredRows.Contents(Folder["whole"]), StoredRows.Contents(Folder[merged]));
        Expect(0, "verify", merged, "--sample", "3");
    }

    /// <summary>All files except the log and the lock, which differ with every start.</summary>
    private protected Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(Folder[folder])
        .Where(file => Path.GetFileName(file) is not ("rnnsweep.log" or "run.lock"))
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));
}
