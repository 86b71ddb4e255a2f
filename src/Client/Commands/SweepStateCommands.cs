using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;
using RnnSweep.Grains;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep cancel</c>, <c>pause</c> and <c>resume</c>: change the state of a sweep on a cluster.</summary>
internal static class SweepStateCommands
{
    public static Command Cancel() => Create(
        "cancel",
        "Stop a sweep on a cluster; stored results are kept",
        """
        'rnnsweep attach' and 'rnnsweep submit' still work afterwards: attach copies the stored results; submit reopens the sweep.

        Example:
          rnnsweep cancel edge-of-chaos-0123456789ab
        """,
        grain => grain.Cancel());

    public static Command Pause() => Create(
        "pause",
        "Start no more experiments of a sweep on a cluster; running ones finish",
        """
        'rnnsweep resume' and 'rnnsweep submit' continue it. Programs that follow the sweep wait.

        Example:
          rnnsweep pause edge-of-chaos-0123456789ab
        """,
        grain => grain.Pause());

    public static Command Resume() => Create(
        "resume",
        "Continue a paused sweep on a cluster",
        """
        Example:
          rnnsweep resume edge-of-chaos-0123456789ab
        """,
        grain => grain.Unpause());

    private static DetailedCommand Create(string name, string summary, string details, Func<ISweepGrain, Task> change)
    {
        Argument<string> id = ClusterArguments.SweepId();
        var cluster = new ClusterArguments();
        var command = new DetailedCommand(name, summary, details) { id };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            ClusterSettings settings = cluster.Read(parsed);
            Console.Error.WriteLine(ClusterSweeps.Change(settings, parsed.GetValue(id)!, name, change));
            return ExitCode.Done;
        });
        return command;
    }
}
