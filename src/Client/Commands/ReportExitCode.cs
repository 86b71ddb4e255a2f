using RnnSweep.Client.Reports;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>The exit codes of commands that write tables and a report.</summary>
internal static class ReportExitCode
{
    /// <summary>The code of a command that has written its tables.</summary>
    /// <param name="areCellsDone">Whether every cell has a result.</param>
    /// <param name="report">The outcome of the report.</param>
    public static int Of(bool areCellsDone, ReportOutcome report) =>
        report == ReportOutcome.Interrupted ? ExitCode.Interrupted
        : !areCellsDone ? ExitCode.SomeCellsFailed
        : report == ReportOutcome.Written ? ExitCode.Done
        : ExitCode.OutOfDate;
}
