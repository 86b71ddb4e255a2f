using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Streams that cannot be written: messages are lost and the run goes on, but missing standard output is an error.</summary>
public sealed class StandardStreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableTheory]
    [InlineData("2>/dev/full", 0)]
    [InlineData("2>&-", 0)]
    [InlineData("-v 2>/dev/full", 0)]
    [InlineData("-v 2>&-", 0)]
    public void A_run_goes_on_without_an_error_stream(string end, int exitCode)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /dev/full");
        Run($"run {string.Join(' ', SmallSweep.Blink)} -o run {end}").Expect(exitCode);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    [SkippableTheory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public void A_mistake_keeps_its_exit_code_without_an_error_stream(string end)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /dev/full");
        Run($"run --set sed=1 {end}").Expect(2);
        Run($"run --colour {end}").Expect(2);
    }

    [SkippableTheory]
    [InlineData(">/dev/full", "rnnsweep: the standard output cannot be written: ")]
    [InlineData(">&-", "rnnsweep: the standard output is closed")]
    public void An_output_that_cannot_be_written_is_reported_after_the_run(string end, string message)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /dev/full");
        ProgramResult result = Run($"run {string.Join(' ', SmallSweep.Blink)} -o run {end}").Expect(4);
        Assert.StartsWith(message, result.ErrorLines[^1], StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    [SkippableFact]
    public void A_run_with_a_full_error_stream_can_be_interrupted()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /dev/full");
        string line = $"exec \"$RNNSWEEP_PROGRAM\" run {string.Join(' ', SmallSweep.Endless)} -o run 2>/dev/full";
        using RunningProgram program = RunningProgram.StartShell(_folder.Path, line);
        program.WaitUntilItListens();
        program.WaitUntil(() => StoredRows.Count(_folder["run"]) > 0);
        program.Send(RunningProgram.Terminate);
        program.WaitForExit().Expect(130);
        RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "1").Expect(0);
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Run(string line) => RunningProgram.Shell(_folder.Path, $"\"$RNNSWEEP_PROGRAM\" {line}");
}
