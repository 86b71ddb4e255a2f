namespace RnnSweep.Client.Terminal;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int InternalError = 1;
    public const int Usage = 2;
    public const int SomeCellsFailed = 3;
    public const int OutOfReach = 4;
    public const int Damaged = 5;

    /// <summary>The results are stored and whole, but something made of them is not up to date: a report that could not be written, tables older than the store.</summary>
    public const int OutOfDate = 6;

    public const int Interrupted = 130;
}
