using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>One Ctrl-C stops the run gracefully and prints the command to resume; a second one stops it at once.</summary>
public sealed class InterruptionTests : IDisposable
{
    private const string ToContinue = "to continue: ";
    private readonly TemporaryFolder _folder = new();

    [SkippableTheory]
    [InlineData(RunningProgram.Interrupt)]
    [InlineData(RunningProgram.Terminate)]
    public void One_interruption_stores_results_and_the_printed_command_resumes(int signal)
    {
        // A folder name with spaces and a quote, which a shell would split.
        const string folder = "run's $folder; *";
        ProgramResult? stopped = null;
        RunningProgram.UntilInTime(() =>
        {
            if (Directory.Exists(_folder[folder]))
            {
                Directory.Delete(_folder[folder], recursive: true);
            }

            using RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. SmallSweep.Seconds, "-o", folder]);
            program.WaitUntilItListens();
            program.WaitUntil(() => File.Exists(Path.Combine(_folder[folder], "rnnsweep.log")));
            program.Send(signal);
            stopped = program.WaitForExit();
            return stopped.ExitCode != 0;
        });
        stopped!.Expect(130);
        Assert.Empty(stopped.Output);
        Assert.All(SmallSweep.Tables, table => Assert.False(File.Exists(Path.Combine(_folder[folder], table))));
        (long computed, bool finished) = Assert.Single(SmallSweep.Sessions(_folder[folder]));
        Assert.True(finished);
        Dictionary<(string, long), StoredRow> kept = StoredRows.Read(_folder[folder]);
        Assert.Equal(computed, kept.CellsOf(SmallSweep.SecondsReplicates));

        string line = Assert.Single(stopped.ErrorLines, line => line.Contains(ToContinue, StringComparison.Ordinal));
        string command = line[(line.IndexOf(ToContinue, StringComparison.Ordinal) + ToContinue.Length)..];
        RunningProgram.Shell(_folder.Path, command).Expect(0);
        Assert.Equal(FinishedRun.Of(SmallSweep.Seconds).Tables, SmallSweep.TablesOf(_folder[folder]));
        Assert.Equal(SmallSweep.SecondsCells, SmallSweep.Sessions(_folder[folder]).Sum(session => session.Computed));
        Dictionary<(string, long), StoredRow> all = StoredRows.Read(_folder[folder]);
        Assert.All(kept, row => Assert.Equal(row.Value, all[row.Key]));
    }

    [Fact]
    public void A_run_with_a_time_limit_stops_and_the_printed_command_goes_on()
    {
        // Some minutes of work.
        string[] sweep = ["run", "--set", "hidden_size=128", "--set", "sequence_length=1000", "--set", "seed=1..2000:1", "-o", "run"];
        ProgramResult stopped = RunningProgram.Run(_folder.Path, [.. sweep, "--for", "1.5s"]).Expect(130);
        Assert.Contains(stopped.ErrorLines, line => line.StartsWith("stopped after 1.5s (--for); finished readings are stored; to continue: ", StringComparison.Ordinal));
        int first = StoredRows.Read(_folder["run"]).Count;
        RunningProgram.Run(_folder.Path, [.. sweep, "--for", "1.5s"]).Expect(130);
        Assert.InRange(StoredRows.Read(_folder["run"]).Count, first, int.MaxValue);
        Assert.Contains("--for must be a number with one of the units", RunningProgram.Run(_folder.Path, [.. sweep, "--for", "2 hours"]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("--fail-fast is for runs on this machine", RunningProgram.Run(_folder.Path, [.. sweep, "--fail-fast", "--engine", "cluster"]).Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("silo")]
    public void A_run_that_fails_fast_stops_when_a_cell_has_failed(string engine)
    {
        // Some minutes of work. Experiment 40 fails; it begins before most others, because all have the same work.
        string[] sweep = ["run", "--set", "hidden_size=128", "--set", "sequence_length=1000", "--set", "replicates=1", "--set", "seed=1..3000:1", "--fail-fast", "-o", "run"];
        ProgramResult stopped = RunningProgram.Run(
            _folder.Path, new Dictionary<string, string> { ["RNNSWEEP_ENGINE"] = engine, ["RNNSWEEP_FAULT_POINT"] = "experiment-begins=40:throw" }, sweep).Expect(3);

        Assert.Contains(stopped.ErrorLines, line => line.StartsWith("stopped because a cell has failed (--fail-fast); finished readings are stored; to continue: ", StringComparison.Ordinal));
        Assert.InRange(StoredRows.Read(_folder["run"]).Count, 0, 2900);

        // Without the fault the same command goes on until it is stopped otherwise.
        Assert.Contains("(--for)", RunningProgram.Run(_folder.Path, [.. sweep, "--for", "1s"]).Expect(130).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_stopped_once_and_for_the_first_reason()
    {
        using var interruption = new Interruption();
        Task limit = interruption.StopAfter(TimeSpan.FromDays(100), "late");
        Assert.False(interruption.Token.IsCancellationRequested);
        var meter = new ProgressMeter(3, 0, 1) { OnFailed = () => interruption.Stop("failed") };
        meter.Set(0.5, 1, 0);
        Assert.Null(interruption.Reason);
        meter.Set(0.7, 2, 1);
        interruption.Stop("other");
        await limit;
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Equal("failed", interruption.Reason);

        using var timed = new Interruption();
        await timed.StopAfter(TimeSpan.FromMilliseconds(1), "in time");
        Assert.Equal("in time", timed.Reason);
    }

    [SkippableFact]
    public void A_second_interruption_stops_at_once()
    {
        // The first step of such a large cell, the spectral radius of its weights, takes longer than the test waits.
        using RunningProgram program = RunningProgram.Start(_folder.Path, "run", "--set", "hidden_size=5000", "--set", "replicates=2",
            "--parallelism", "1", "-o", "run");
        program.WaitUntilItListens();
        program.WaitUntil(() => File.Exists(_folder["run/rnnsweep.log"]));
        program.Send(RunningProgram.Interrupt);
        program.WaitUntil(() => program.Error.Contains("press again to exit immediately", StringComparison.Ordinal));
        program.Send(RunningProgram.Interrupt);
        program.WaitForExit().Expect(130);
    }

    [SkippableFact]
    public void An_interruption_while_tables_are_written_prints_the_command_to_resume()
    {
        string[] command = ["run", .. SmallSweep.Tabular, "-o", "run"];
        FinishedRun.Of(SmallSweep.Tabular).CopyTo(_folder["run"]);
        ProgramResult? stopped = null;
        RunningProgram.UntilInTime(() =>
        {
            Array.ForEach(SmallSweep.Tables, table => File.Delete(Path.Combine(_folder["run"], table)));
            using RunningProgram program = RunningProgram.Start(_folder.Path, command);
            program.WaitUntilItListens();
            program.WaitUntil(() => Directory.EnumerateFiles(_folder["run"], ".*.csv.*").Any());
            program.Send(RunningProgram.Interrupt);
            stopped = program.WaitForExit();
            return stopped.ExitCode != 0;
        });
        Assert.Contains(ToContinue, stopped!.Expect(130).Error, StringComparison.Ordinal);
        Assert.All(SmallSweep.Tables, table => Assert.False(File.Exists(Path.Combine(_folder["run"], table))));
        Assert.True(SmallSweep.Sessions(_folder["run"])[^1].IsFinished);

        ProgramResult last = RunningProgram.Run(_folder.Path, [.. command, "--json"]).Expect(0);
        Assert.Equal(0, last.Number("computed"));
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    public void Dispose() => _folder.Dispose();
}
