namespace RnnSweep.Client.Terminal;

/// <summary>The program's exit codes.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int InternalError = 1;
    public const int Usage = 2;
    public const int SomeCellsFailed = 3;
    public const int OutOfReach = 4;
    public const int Damaged = 5;

    /// <summary>The results are stored, but a file made from them is out of date: a report could not be written, or tables are older than the store.</summary>
    public const int OutOfDate = 6;

    public const int Interrupted = 130;
}
