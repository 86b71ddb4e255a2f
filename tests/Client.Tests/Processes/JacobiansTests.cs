using RnnSweep.Client.Tests.Results;
using RnnSweep.Client.Tests.SweepFiles;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Runs that measure the Jacobians of a file.</summary>
public sealed class JacobiansTests : IDisposable
{
    private readonly SweepFolder _files = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public JacobiansTests() => _file = _files.WriteNpy("J.npy", "<f8", "(2, 9, 3, 3)", false, [.. Enumerable.Range(0, 2 * 9 * 9).Select(i => Math.Sin(i * i))]);

    private string[] Sweep => ["--set", $"jacobians={_file}", "--set", "sequence_length=1,8", "--set", "transient=1", "--set", "statistics=spectrum,lags"];

    [Fact]
    public void Both_engines_give_the_same_tables_and_only_computing_needs_the_file()
    {
        RunningProgram.Run(_folder.Path, ["plan", .. Sweep]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. Sweep, "-o", "run", "--engine", "silo"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. Sweep, "-o", "threads", "--engine", "threads"]).Expect(0);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["threads"]));
        Assert.Equal(1 + (2 * 2), File.ReadLines(_folder["run/replicates.csv"]).Count()); // two lengths of two sequences
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);

        string shown = RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output;
        File.Delete(_file);
        Assert.Equal(shown, RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output);
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run"]));
        Assert.Contains($"J.npy does not exist", RunningProgram.Run(_folder.Path, "verify", "run").Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_has_changed_is_named()
    {
        RunningProgram.Run(_folder.Path, ["run", .. Sweep, "-o", "run"]).Expect(0);
        _files.WriteNpy("J.npy", "<f8", "(9, 2, 2)", false, new double[36]);
        string error = Assert.Single(RunningProgram.Run(_folder.Path, "verify", "run").Expect(2).ErrorLines);
        Assert.Contains($"{_file} is not the file that this run was made with", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_file_is_one_line_and_exit_code_2()
    {
        string bad = _files.WriteNpy("bad.npy", "<f8", "(9, 2, 3)", false, new double[54]);
        Assert.Contains("must hold square matrices", Assert.Single(RunningProgram.Run(_folder.Path, "run", "--set", $"jacobians={bad}").Expect(2).ErrorLines), StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Single(RunningProgram.Run(_folder.Path, "run", "--set", "jacobians=none.npy").Expect(2).ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void The_comparison_with_differences_has_no_step_to_compare_with() => Assert.Contains(
        "of jacobians no step is known",
        Assert.Single(RunningProgram.Run(_folder.Path, "jacobian", "--hidden-size", "3", "--set", $"jacobians={_file}", "--set", "sequence_length=1").Expect(2).ErrorLines),
        StringComparison.Ordinal);

    public void Dispose()
    {
        _folder.Dispose();
        _files.Dispose();
    }
}
