namespace RnnSweep.Client.Tests.Processes;

/// <summary>The result of a run of the program.</summary>
/// <param name="Arguments">Its arguments, for the message of a failed test.</param>
/// <param name="ExitCode">Its exit code; 128 plus the signal's number if a signal ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="PeakMemory">Its peak memory in bytes; 0 if the system does not report it.</param>
internal sealed record ProgramResult(string Arguments, int ExitCode, string Output, string Error, long PeakMemory)
{
    /// <summary>The lines of the standard error without lines of progress, which a slow machine may have.</summary>
    public string[] ErrorLines =>
        [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains(" cells/s", StringComparison.Ordinal))];

    /// <summary>Fails with the program's whole output if the exit code is not the expected one.</summary>
    public ProgramResult Expect(int exitCode)
    {
        Assert.True(
            ExitCode == exitCode,
            $"rnnsweep {Arguments}\nended with exit code {ExitCode} instead of {exitCode}\n--- output\n{Output}\n--- error\n{Error}");
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return this;
    }
}
