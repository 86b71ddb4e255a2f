using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep verify</c>: checks that a run's files are complete and correct.</summary>
internal static class VerifyCommand
{
    private const string Summary = "Verify what a run has stored and written";

    private const string Details = """
        Cells = done + failed + missing; every stored reading can be read and belongs to the sweep; the tables are byte for byte what
        the store says; and a random sample of readings computed again gives the same bits. Tables that are right but were written before the last
        cells were stored are named, with exit code 6.

        Example:
          rnnsweep verify runs/edge-of-chaos --sample 20
        """;

    public static Command Create()
    {
        Argument<string> folder = RunFolderArgument.Create();
        Option<string?> store = new SweepArguments().Store;
        var sample = new Option<string>("--sample")
        {
            Description = "Number of readings to compute again",
            HelpName = "N",
            DefaultValueFactory = _ => "5",
        };
        Option<bool> json = CommonOptions.Json("Print the findings as JSON");
        var command = new DetailedCommand("verify", Summary, Details) { folder, sample, store, json };
        command.SetAction(parsed =>
        {
            string asked = parsed.GetValue(sample)!;
            if (!int.TryParse(asked, NumberStyles.None, null, out int readings))
            {
                throw new UsageException($"rnnsweep: --sample must be a whole number from 0 to {int.MaxValue}, but was '{asked}'");
            }

            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store), isComputing: true);
            return Report(run, Check(run, readings), parsed.GetValue(json));
        });
        return command;
    }

    private static VerifierReport Check(StoredRun run, int sample)
    {
        using var interruption = new Interruption();
        using var store = SqliteResultStore.OpenReadOnly(run.StoreFile);
        ExperimentRunner runner = new Computation(run.Sweep, parallelism: 1).Runner;
        return new RunVerifier(run.Folder, run.Sweep.Plan, store, new SummaryTable(run.Theory.OfMeasured))
        {
            Written = WrittenTable.Of(run.Folder, run.Sweep.Plan),
            Critical = run.Search is null ? null : new CriticalExport(run.Folder, run.Search),
        }.Check(
            sample,
            Random.Shared,
            (spec, replicate) => Reading(runner.Run(PlanExperiments.OfReplicate(spec, replicate), cancellation: interruption.Token)),
            RunStore.IsShared(run.Folder, run.StoreFile) || run.Search is not null, // a search keeps points of other targets and widths
            mayBeOlder: Manifest.Read(run.Folder)?.Sessions is [.., { Finished: null }],
            interruption.Token);
    }

    private static Reading Reading(ExperimentResult result) => result.Failures is [var failure, ..]
        ? throw new InvalidOperationException($"cell {failure.Key}, replicate {failure.Replicate}, computed again, fails: {failure.Reason}")
        : result.Results[0].Replicates[0];

    private static int Report(StoredRun run, VerifierReport report, bool json)
    {
        if (json)
        {
            var values = new VerifyJson(
                run.Sweep.Name, report.Cells, report.Done, report.Failed, report.Missing, report.Damaged, report.Recomputed, report.Findings, report.OlderTables);
            Console.WriteLine(JsonSerializer.Serialize(values, JsonOutput.Default.VerifyJson));
        }
        else
        {
            foreach (string finding in report.Findings)
            {
                Console.WriteLine(finding);
            }

            if (report.OlderTables.Count > 0)
            {
                Console.WriteLine($"the tables are older than the store ({string.Join(", ", report.OlderTables)}): {CommandText.Of(["export", run.Shown])} writes them anew");
            }
        }

        string damaged = report.Damaged > 0 ? $" + {report.Damaged} damaged" : "";
        string verdict = report.Findings.Count == 0
            ? report.OlderTables.Count == 0 ? "no problems found" : "the tables are older than the store"
            : Phrase.Count(report.Findings.Count, "finding");
        (json ? Console.Error : Console.Out).WriteLine(
            $"{run.Sweep.Title}: {report.Cells} cells = {report.Done} done + {report.Failed} failed + {report.Missing} missing{damaged}; {report.Recomputed} computed again; {verdict}");
        if (report.Findings.Count > 0 && Manifest.Read(run.Folder)?.Sessions is [.., var last] && last.InstructionSet != Machine.InstructionSet)
        {
            Console.Error.WriteLine($"the run was made with {last.InstructionSet}, this machine has {Machine.InstructionSet}: the last digits of readings computed again may differ for that alone");
        }

        return report.Findings.Count > 0 ? ExitCode.Damaged : report.OlderTables.Count > 0 ? ExitCode.OutOfDate : ExitCode.Done;
    }
}
