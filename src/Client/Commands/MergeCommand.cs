using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep merge</c>: merges the shards of a sweep.</summary>
internal static class MergeCommand
{
    private const string Summary = "Unite the shards of a sweep in one folder, and write the tables";

    private const string Details = """
        The shards of 'rnnsweep run SWEEP --shard i/n', in any order, become what one run of the sweep leaves, byte for byte. Missing
        shards are listed; merge again when they are complete. The shards' folders are only read.

        Example:
          rnnsweep merge runs/edge-of-chaos-shard-*-of-8 -o runs/edge-of-chaos
        """;

    public static Command Create()
    {
        var folders = new Argument<string[]>("DIR") { Description = "The shards' folders", Arity = ArgumentArity.OneOrMore };
        Completions.Of(folders, Completions.RunFolders);
        SweepArguments.RefuseOptions(folders);
        SweepArguments.RefuseEmpty(folders, "a folder");
        var output = new Option<string>("--output", "-o")
        {
            Description = "The folder of the whole sweep: a new one, or one to be added to",
            HelpName = "DIR",
            Required = true,
        };
        Completions.Of(output, Completions.Folders);
        SweepArguments.RefuseEmpty(output, "a folder");
        Option<bool> json = CommonOptions.Json("Print how the merge ended as JSON");
        var command = new DetailedCommand("merge", Summary, Details) { folders, output, json };
        command.SetAction(parsed => Merge(parsed.GetValue(folders)!, parsed.GetValue(output)!, parsed.GetValue(json)));
        return command;
    }

    private static int Merge(string[] paths, string output, bool json)
    {
        StoredRun[] runs = [.. paths.DistinctBy(path => new RunFolder(path).Path).Select(path => StoredRun.Open(path, null))];
        using var interruption = new Interruption();
        MergeOutcome outcome = new RunMerge(runs, new RunFolder(output)).Merge(interruption.Token);
        ExportCounts counts = outcome.Counts;
        string failed = counts.Failed > 0 ? $", {counts.Failed} failed" : "";
        string missing = counts.Missing > 0 ? $", {counts.Missing} missing" : "";
        Console.Error.WriteLine(
            $"{outcome.Sweep.Name}: {counts.Done} of {outcome.Sweep.Plan.CellCount} cells done{failed}{missing}, from {Phrase.Count(runs.Length, "folder")}");
        var lines = new Findings();
        foreach (MissingShard shard in outcome.MissingShards)
        {
            lines.Add(Line(shard, paths[0]));
        }

        foreach (string line in lines.Lines())
        {
            Console.Error.WriteLine(line);
        }

        if (outcome.InstructionSets.Count > 1)
        {
            Console.Error.WriteLine(
                $"the cells were computed with {string.Join(" and ", outcome.InstructionSets)}: the last digits may differ between cells");
        }

        if (json)
        {
            Console.WriteLine(Json(outcome, new RunFolder(output)));
        }
        else
        {
            RunOutputs.PrintFiles(output, outcome.Sweep.Plan, outcome.Report);
        }

        return ReportExitCode.Of(counts.Failed + counts.Missing == 0, outcome.Report);
    }

    private static string Line(MissingShard missing, string anyFolder)
    {
        string cells = Phrase.Count(missing.Cells, "cell");
        return missing.Run is { } run
            ? $"shard {missing.Shard} in {run.Shown} is not finished, {cells} missing; to finish it: {Command(run.Shown, "-o", run.Shown)}"
            : $"shard {missing.Shard} is missing, {cells}; to compute it: {Command(anyFolder)}";

        string Command(string folder, params ReadOnlySpan<string> output) =>
            CommandText.Of(["run", Path.Combine(folder, RunFolder.SweepFile), "--shard", $"{missing.Shard}", .. output]);
    }

    private static string Json(MergeOutcome outcome, RunFolder folder) => JsonSerializer.Serialize(
        new MergeJson(
            outcome.Sweep.Name, folder.Path, outcome.Sweep.Plan.CellCount, outcome.Counts.Done, outcome.Counts.Failed, outcome.Counts.Missing,
            outcome.MissingShards.Select(missing => $"{missing.Shard}")),
        JsonOutput.Default.MergeJson);
}
