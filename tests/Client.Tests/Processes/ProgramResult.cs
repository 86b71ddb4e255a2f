namespace RnnSweep.Client.Tests.Processes;

/// <summary>How the program ended.</summary>
/// <param name="Arguments">What it was asked, for the message of a failed test.</param>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where a signal ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="PeakMemory">The most bytes of memory it was seen to hold; 0 where the system does not tell.</param>
internal sealed record ProgramResult(string Arguments, int ExitCode, string Output, string Error, long PeakMemory)
{
    /// <summary>The lines of the standard error that say something; a slow machine's lines of progress do not.</summary>
    public string[] ErrorLines =>
        [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains(" cells/s", StringComparison.Ordinal))];

    /// <summary>Fails with all that the program said where it did not end as expected.</summary>
    public ProgramResult Expect(int exitCode)
    {
        Assert.True(
            ExitCode == exitCode,
            $"rnnsweep {Arguments}\nended with exit code {ExitCode} instead of {exitCode}\n--- output\n{Output}\n--- error\n{Error}");
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return this;
    }
}
