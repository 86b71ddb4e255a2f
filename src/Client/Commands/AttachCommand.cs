using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep attach</c>: follows a sweep on a cluster to its end, and writes its tables.</summary>
internal static class AttachCommand
{
    private const string Summary = "Follow a sweep on a cluster, and write its tables at its end";

    private const string Details = """
        Results are copied into the run's folder as they are stored. Ctrl-C stops following; the sweep continues.

        Examples:
          rnnsweep attach edge-of-chaos-0123456789ab
          rnnsweep attach edge-of-chaos-0123456789ab -o results/today
        """;

    public static Command Create()
    {
        Argument<string> id = ClusterArguments.SweepId();
        var arguments = new SweepArguments();
        var cluster = new ClusterArguments();
        Option<bool> verbose = CommonOptions.Verbose("Write the log to the error stream, too");
        var watch = new WatchOption();
        Option<bool> json = CommonOptions.Json("Print how the run ended as JSON");
        var command = new DetailedCommand("attach", Summary, Details) { id, arguments.Output, watch.Option, json, verbose };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            ClusterSettings settings = cluster.Read(parsed);
            ResolvedSweep sweep = ClusterSweeps.Find(settings, parsed.GetValue(id)!);
            RunFolder folder = arguments.Folder(parsed, sweep);
            var engine = new ClusterEngine(new ClusterAddress(settings), sweep, hasAnswered: false);
            using Live.LiveRun? live = watch.Listen(parsed, sweep.Title);
            var run = new SweepRun(sweep, folder, RunStore.PathOf(folder, null), null, engine, parsed.GetValue(verbose)) { Live = live };
            using var interruption = new Interruption();
            return RunCommand.Run(run, sweep, folder, interruption, parsed.GetValue(json));
        });
        return command;
    }
}
