using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep submit</c>: submits a sweep to a cluster, without waiting for it.</summary>
internal static class SubmitCommand
{
    private const string Summary = "Submit a sweep to a cluster, and print its id at once";

    private const string Details = """
        Submitting the same sweep again gives the same id and computes nothing twice; it reopens a sweep that was cancelled or has failed cells.

        Example:
          id=$(rnnsweep submit examples/edge-of-chaos.yaml)
          rnnsweep attach $id
        """;

    public static Command Create()
    {
        var arguments = new SweepArguments();
        var cluster = new ClusterArguments();
        var command = new DetailedCommand("submit", Summary, Details) { arguments.Sweep, arguments.Set };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            ResolvedSweep sweep = arguments.Read(parsed);
            if (sweep.Plan.Locating is { } locating)
            {
                throw new UsageException(
                    $"rnnsweep: {sweep.Name} has a locate ({locating.Text}), whose rounds need a client that reads the results; 'rnnsweep run --engine cluster' submits them one after another");
            }

            ClusterSettings settings = cluster.Read(parsed);
            Console.WriteLine(ClusterSweeps.Submit(settings, sweep));
            return ExitCode.Done;
        });
        return command;
    }
}
