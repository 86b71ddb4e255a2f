using System.Collections.Concurrent;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The files of an uninterrupted run, computed once for all tests that start from it or compare with it.</summary>
internal sealed class FinishedRun
{
    private static readonly ConcurrentDictionary<string, Lazy<FinishedRun>> s_runs = new();

    private readonly Dictionary<string, byte[]> _files;

    private FinishedRun(string[] options)
    {
        using var folder = new TemporaryFolder();
        RunningProgram.Run(folder.Path, ["run", .. options, "-o", "run"]).Expect(0);
        Tables = SmallSweep.TablesOf(folder["run"]);
        Rows = StoredRows.Contents(folder["run"]);
        _files = Directory.EnumerateFiles(folder["run"]).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    public Dictionary<string, string> Tables { get; }

    /// <summary>Every reading by its cell and replicate.</summary>
    public SortedDictionary<(string Key, long Replicate), string> Rows { get; }

    /// <summary>Number of cells that have readings.</summary>
    public int Cells => Rows.Keys.Select(row => row.Key).Distinct().Count();

    /// <summary>The run of these options, without its folder.</summary>
    public static FinishedRun Of(params string[] options) =>
        s_runs.GetOrAdd(string.Join('\n', options), _ => new Lazy<FinishedRun>(() => new FinishedRun(options))).Value;

    /// <summary>Creates a folder with the run's files.</summary>
    public void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, byte[] content) in _files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
    }
}
