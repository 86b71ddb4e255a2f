using RnnSweep.Client.Tests.Results;
using RnnSweep.Client.Tests.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A run with the user's matrix files, which were moved or changed afterwards.</summary>
public sealed class MovedMatrixTests : IDisposable
{
    private readonly SweepFolder _files = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _weights, _input;

    public MovedMatrixTests()
    {
        _weights = _files.WriteNpy("a.npy", "<f8", "(2, 2)", false, 0.5, 0.1, -0.2, 0.7);
        _input = _files.WriteNpy("x.npy", "<f8", "(60, 3)", false, [.. Enumerable.Range(0, 180).Select(i => Math.Sin(i))]);
        RunningProgram.Run(_folder.Path, ["run", .. Sweep, "-o", "run"]).Expect(0);
    }

    private string[] Sweep =>
    [
        "--set", $"weights={_weights},gaussian", "--set", $"input={_input}", "--set", "input_scale=0.5", "--set", "sequence_length=5,50",
        "--set", "transient=1", "--set", "replicates=2",
    ];

    [Fact]
    public void Commands_that_only_show_results_do_not_need_the_files()
    {
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        string shown = RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output;
        byte[] page = File.ReadAllBytes(_folder["run/report.html"]);
        File.Delete(_weights);
        File.Delete(_input);
        Array.ForEach(SmallSweep.Tables, table => File.Delete(Path.Combine(_folder["run"], table)));
        Directory.Move(_folder["run"], _folder["elsewhere"]);

        Assert.Equal(shown, RunningProgram.Run(_folder.Path, "show", "elsewhere").Expect(0).Output);
        RunningProgram.Run(_folder.Path, "export", "elsewhere").Expect(0);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["elsewhere"]));
        Assert.Equal(page, File.ReadAllBytes(_folder["elsewhere/report.html"]));
        RunningProgram.Run(_folder.Path, "report", "elsewhere").Expect(0);
        RunningProgram.Run(_folder.Path, "merge", "elsewhere", "-o", "merged").Expect(0);
        RunningProgram.Run(_folder.Path, "export", "merged").Expect(0);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["merged"]));

        // run computes readings, so it needs the files.
        Assert.Contains($"{_weights} does not exist", RunningProgram.Run(_folder.Path, "verify", "elsewhere").Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.npy")]
    [InlineData("x.npy")]
    public void A_file_that_has_changed_is_named(string name)
    {
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
        string file = Path.Combine(_files.Path, name);
        byte[] content = File.ReadAllBytes(file);
        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        string message = $"{file} is not the file that this run was made with";
        Assert.Contains(message, Assert.Single(RunningProgram.Run(_folder.Path, "verify", "run").Expect(2).ErrorLines), StringComparison.Ordinal);
        Assert.Contains(message, Assert.Single(RunningProgram.Run(_folder.Path, ["run", .. Sweep, "-o", "run"]).Expect(2).ErrorLines), StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "show", "run").Expect(0);
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);

        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    [Fact]
    public void A_file_that_has_another_size_now_is_named()
    {
        _files.WriteNpy("a.npy", "<f8", "(3, 3)", false, 0.5, 0.1, 0, -0.2, 0.7, 0, 0, 0, 1);
        string error = Assert.Single(RunningProgram.Run(_folder.Path, "verify", "run").Expect(2).ErrorLines);
        Assert.Contains($"{_weights} is not the file that this run was made with", error, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_manifest_that_lacks_the_files_the_files_are_read()
    {
        string manifest = File.ReadAllText(_folder["run/manifest.json"]);
        File.WriteAllText(_folder["run/manifest.json"], manifest.Replace("\"matrices\"", "\"other\"", StringComparison.Ordinal));
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        File.Delete(_weights);
        Assert.Contains("does not exist", RunningProgram.Run(_folder.Path, "export", "run").Expect(2).Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _files.Dispose();
    }
}
