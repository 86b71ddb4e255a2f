namespace RnnSweep.Client.Commands;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int InternalError = 1;
    public const int Usage = 2;
    public const int SomeCellsFailed = 3;
    public const int OutOfReach = 4;
    public const int Damaged = 5;
    public const int Interrupted = 130;
}
