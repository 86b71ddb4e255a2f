using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Terminal;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep forget</c> and <c>prune</c>: remove sweeps and readings from the database of a cluster.</summary>
internal static class RemovalCommands
{
    public static Command Forget()
    {
        Argument<string> id = ClusterArguments.SweepId();
        Option<bool> dry = DryRun();
        var cluster = new ClusterArguments();
        var command = new DetailedCommand(
            "forget",
            "Remove a sweep from a cluster's database, with the readings that no other sweep needs",
            """
            The sweep must be finished or cancelled. Needs no silo.

            Example:
              rnnsweep forget edge-of-chaos-0123456789ab --dry-run
            """)
        {
            id, dry,
        };
        cluster.AddTo(command);
        command.SetAction(parsed => Remove(cluster.Read(parsed), (all, _) => [RequireEnded(ClusterSweeps.Entry(all, parsed.GetValue(id)!))], removesUnused: false, parsed.GetValue(dry)));
        return command;
    }

    public static Command Prune()
    {
        var unused = new Option<bool>("--unused") { Description = "Remove readings that no sweep of the database needs" };
        var older = new Option<string?>("--older") { Description = "Remove sweeps that finished or were cancelled longer ago, such as 90d", HelpName = "TIME" };
        Option<bool> dry = DryRun();
        var cluster = new ClusterArguments();
        var command = new DetailedCommand(
            "prune",
            "Remove old sweeps and unused readings from a cluster's database",
            """
            Active and paused sweeps stay, and so does every reading that a remaining sweep needs. Needs no silo.

            Example:
              rnnsweep prune --unused --older 90d --dry-run
            """)
        {
            unused, older, dry,
        };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            TimeSpan? age = parsed.GetValue(older) is { } text ? DurationText.Read("--older", text) : null;
            if (age is null && !parsed.GetValue(unused))
            {
                throw new UsageException("rnnsweep: 'prune' needs --unused, --older TIME, or both");
            }

            return Remove(
                cluster.Read(parsed), (all, now) => all.Where(entry => HasEnded(entry) && now - entry.Changed > age), parsed.GetValue(unused), parsed.GetValue(dry));
        });
        return command;
    }

    private static int Remove(
        ClusterSettings settings, Func<IReadOnlyList<SweepEntry>, DateTimeOffset, IEnumerable<SweepEntry>> choose, bool removesUnused, bool isDry)
    {
        Removal removal = ClusterSweeps.Remove(settings, choose, removesUnused, isDry);
        Console.Error.WriteLine(
            $"{(isDry ? "would remove" : "removed")} {Phrase.Count(removal.Sweeps, "sweep")}, and {Phrase.Count(removal.Readings, "reading")} of {Phrase.Count(removal.Cells, "cell")}");
        return ExitCode.Done;
    }

    private static bool HasEnded(SweepEntry entry) => entry.State is SweepState.Finished or SweepState.Cancelled;

    private static SweepEntry RequireEnded(SweepEntry entry) => HasEnded(entry)
        ? entry
        : throw new UsageException($"rnnsweep: {entry.Id} is {ClusterReport.StateText(entry.State)}; cancel it first ('rnnsweep cancel {entry.Id}')");

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Only count what would be removed" };
}
