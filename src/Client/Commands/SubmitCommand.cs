using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Grains;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep submit</c>: submits a sweep to a cluster, without waiting for it.</summary>
internal static class SubmitCommand
{
    private const string Summary = "Submit a sweep to a cluster, and print its id at once";

    private const string Details = """
        Submitting the same sweep again gives the same id and computes nothing twice; it reopens a sweep that was paused or cancelled or has failed cells.
        Silos divide their work among the active sweeps by priority.

        Example:
          id=$(rnnsweep submit examples/edge-of-chaos.yaml)
          rnnsweep attach $id
          rnnsweep submit examples/edge-of-chaos.yaml --priority 8
        """;

    public static Command Create()
    {
        var arguments = new SweepArguments();
        var cluster = new ClusterArguments();
        var priority = new Option<int?>("--priority")
        {
            Description = $"From {FairShare.LowestPriority} to {FairShare.HighestPriority}; one more doubles the sweep's share of the silos' work [default: {FairShare.UsualPriority}, or the one that it has]",
            HelpName = "N",
        };
        var command = new DetailedCommand("submit", Summary, Details) { arguments.Sweep, arguments.Set, priority };
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
            int? given = parsed.GetValue(priority);
            if (given is < FairShare.LowestPriority or > FairShare.HighestPriority)
            {
                throw new UsageException($"rnnsweep: --priority must be from {FairShare.LowestPriority} to {FairShare.HighestPriority}, but was {given}");
            }

            Console.WriteLine(ClusterSweeps.Submit(settings, sweep, given));
            return ExitCode.Done;
        });
        return command;
    }
}
