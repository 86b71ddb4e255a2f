using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep plan</c>: shows what a run would compute.</summary>
internal static class PlanCommand
{
    private const string Summary = "Show what a run would compute, without computing it";

    private const string Details = """
        Lists the cells, how many of them are stored already, the work and memory they need, and the largest cell. With --time, it also measures for a third of a second
        how fast this machine multiplies matrices, and estimates from the work how long a run would take if no cell were stored. A run may take half or twice as long.

        Examples:
          rnnsweep plan examples/edge-of-chaos.yaml --set hidden_size=64..1024/5
          rnnsweep plan examples/edge-of-chaos.yaml --shard 2/8
        """;

    public static Command Create()
    {
        var arguments = new SweepArguments();
        Option<bool> json = CommonOptions.Json("Print the plan as JSON");
        Option<bool> time = new("--time") { Description = "Measure this machine's speed, and estimate how long a run would take" };
        var command = new DetailedCommand("plan", Summary, Details)
        {
            arguments.Sweep, arguments.Output, arguments.Set, arguments.Shard, arguments.Parallelism, arguments.Store, time, json,
        };
        command.SetAction(parsed =>
        {
            DynamicCode.TurnOff();
            ResolvedSweep sweep = arguments.Read(parsed);
            var computation = new Computation(sweep, arguments.Threads(parsed));
            RunFolder folder = arguments.Folder(parsed, sweep);
            string store = RunStore.PathOf(folder, parsed.GetValue(arguments.Store));
            long stored = RunStore.DoneCells(sweep, folder, store);
            LocatingSearch? search = RunStore.Search(sweep, store, new Theory());
            double? seconds = parsed.GetValue(time) && sweep.Plan.CellCount > 0 ? computation.Estimate.Seconds(computation.Parallelism, KernelSpeed.GigaflopsPerSecond(computation.Parallelism) * 1e9) : null;
            Console.WriteLine(parsed.GetValue(json) ? Json(sweep, computation, stored, search, seconds) : Text(sweep, computation, stored, search, seconds));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Text(ResolvedSweep sweep, Computation computation, long stored, LocatingSearch? search, double? seconds)
    {
        SweepPlan plan = sweep.Plan;
        PlanEstimate estimate = computation.Estimate;
        string axes = string.Join(" × ", plan.Axes.Select(axis => $"{axis.Count} {axis.Field.Name}"));
        var lines = new List<string>
        {
            $"sweep         {sweep.Name}",
            $"cells         {(plan.Shard is null ? "" : $"{plan.CellCount} of ")}{plan.Whole.CellCount}{(axes.Length > 0 ? $" = {axes}" : "")}",
            $"stored        {stored}",
            $"trajectories  {plan.TrajectoryCount}{(plan.Shard is null ? "" : $" of {plan.Whole.TrajectoryCount}")}, each for {Phrase.Count(plan.SequenceLengthCount, "sequence length")} and {Replicates(plan)}",
            $"work          {estimate.Operations:0.0e+0} operations, the {(stored > 0 ? "stored cells' included" : "draws' included")}",
            $"memory        {Computation.Bytes(computation.MemoryAtMost)} at most for {Phrase.Count(computation.Parallelism, "thread")}, the program and its caches included",
        };
        if (plan.Shard is not null)
        {
            lines.Insert(1, $"shard         {plan.Shard}");
        }

        if (plan.CellCount > 0)
        {
            lines.Add($"largest cell  hidden_size {estimate.LargestCell.HiddenSize}, sequence_length {estimate.LargestCell.SequenceLength}: {estimate.LargestOperations:0.0e+0} operations, {Computation.Bytes(WorkEstimate.Bytes(estimate.LargestCell))}");
        }

        if (seconds is { } estimated)
        {
            lines.Add($"time          about {Duration(estimated)} on this machine{(stored > 0 ? " if no cell were stored" : "")}");
        }

        lines.AddRange(search is null ? [] : Search(search));
        lines.AddRange(plan.Axes.Select((axis, i) => $"{(i == 0 ? "axes" : ""),-14}{axis.Field.Name}: {Values(axis)}"));
        return string.Join('\n', lines);
    }

    private static IEnumerable<string> Search(LocatingSearch search)
    {
        Locating locating = search.Locating;
        (double most, double oneRoot) = search.MostCells;
        yield return $"locate        {locating.Text} along {locating.Field.Name} to within {locating.Width:R}: at most {Cells(most)} more cells in {Phrase.Count(locating.Rounds, "round")}, "
            + $"{Cells(oneRoot)} where {(search.IsOfReplicates ? "each replicate" : "each line")} has one root";
        if (search.Plan.CellCount > search.Grid.CellCount)
        {
            yield return $"{"",-14}{search.Plan.CellCount - search.Grid.CellCount} of them are known so far{(search.IsFinished ? ", and it is finished" : "")}";
        }
    }

    // Two digits, since the estimate has no more.
    internal static string Duration(double seconds) => seconds switch
    {
        < 1 => "a second",
        < 100 => $"{seconds:0} s",
        < 6000 => $"{seconds / 60:0} min",
        < 100 * 3600 => $"{seconds / 3600:0} h",
        _ => $"{seconds / 86_400:0} days",
    };

    private static string Cells(double count) => count.ToString(count < 1e9 ? "0" : "0.0e+0");

    private static string Replicates(SweepPlan plan) =>
        plan.Axes.Any(axis => axis.Field.Name == "replicates") ? "its replicates" : Phrase.Count(plan.Fixed.Replicates, "replicate");

    private static string Values(Axis axis)
    {
        const int shown = 8;
        var first = new string[axis.Count <= shown ? axis.Count : 3];
        for (int i = 0; i < first.Length; i++)
        {
            first[i] = axis.Text(i);
        }

        return axis.Count <= shown ? string.Join(", ", first) : $"{string.Join(", ", first)}, …, {axis.Text(axis.Count - 1)}";
    }

    private static string Json(ResolvedSweep sweep, Computation computation, long stored, LocatingSearch? search, double? seconds)
    {
        SweepPlan plan = sweep.Plan;
        PlanEstimate estimate = computation.Estimate;
        CellSpec largest = estimate.LargestCell;
        var values = new PlanJson(
            sweep.Name, plan.CellCount, stored, plan.TrajectoryCount, Math.Round(estimate.Operations), computation.Parallelism, computation.MemoryAtMost,
            new LargestCellJson(largest.HiddenSize, largest.SequenceLength, Math.Round(estimate.LargestOperations), WorkEstimate.Bytes(largest)),
            plan.Axes.Select(axis => new AxisJson(axis.Field.Name, axis.Count, axis.Text(0), axis.Text(axis.Count - 1))))
        {
            Shard = plan.Shard is { } shard ? $"{shard}" : null,
            Seconds = seconds is { } estimated ? Math.Ceiling(estimated) : null,
            MostMoreCells = search?.MostCells.Most,
            OfCells = plan.Shard is null ? null : plan.Whole.CellCount,
        };
        return JsonSerializer.Serialize(values, JsonOutput.Default.PlanJson);
    }
}
