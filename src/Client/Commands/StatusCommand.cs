using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep status</c>: lists the sweeps and silos of a cluster.</summary>
internal static class StatusCommand
{
    private const string Summary = "List the sweeps of a cluster, and its silos";

    private const string Details = """
        Example:
          rnnsweep status
          rnnsweep status --json
        """;

    public static Command Create()
    {
        var cluster = new ClusterArguments();
        Option<bool> json = CommonOptions.Json("Print it as JSON");
        var command = new DetailedCommand("status", Summary, Details) { json };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            ClusterSettings settings = cluster.Read(parsed);
            ClusterReport report = ClusterSweeps.Report(settings);
            Console.WriteLine(parsed.GetValue(json) ? report.Json() : report.Text());
            return ExitCode.Done;
        });
        return command;
    }
}
