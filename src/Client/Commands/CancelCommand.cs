using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep cancel</c>: stops a sweep on a cluster.</summary>
internal static class CancelCommand
{
    private const string Summary = "Stop a sweep on a cluster; stored results are kept";

    private const string Details = """
        'rnnsweep attach' and 'rnnsweep submit' still work afterwards: attach copies the stored results; submit reopens the sweep.

        Example:
          rnnsweep cancel edge-of-chaos-0123456789ab
        """;

    public static Command Create()
    {
        Argument<string> id = ClusterArguments.SweepId();
        var cluster = new ClusterArguments();
        var command = new DetailedCommand("cancel", Summary, Details) { id };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            ClusterSettings settings = cluster.Read(parsed);
            Console.Error.WriteLine(ClusterSweeps.Cancel(settings, parsed.GetValue(id)!));
            return ExitCode.Done;
        });
        return command;
    }
}
