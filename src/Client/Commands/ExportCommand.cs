using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep export</c>: writes the tables of the stored results, also of an unfinished run.</summary>
internal static class ExportCommand
{
    private const string Summary = "Write the tables and the report of what a run has stored so far";

    private const string Details = """
        Writes replicates.csv and summary.csv, spectrum.csv and lags.csv where the sweep asks for those statistics, and report.html, each whole
        or not at all. A finished run has already written them.

        Example:
          rnnsweep export runs/edge-of-chaos
        """;

    public static Command Create()
    {
        Argument<string> folder = RunFolderArgument.Create();
        Option<string?> store = new SweepArguments().Store;
        Option<bool> json = CommonOptions.Json("Print what the tables hold as JSON");
        var command = new DetailedCommand("export", Summary, Details) { folder, store, json };
        command.SetAction(parsed =>
        {
            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store));
            using var interruption = new Interruption();
            using RunFolderLock held = run.Lock("the run writes its tables when it finishes");
            using var results = SqliteResultStore.OpenReadOnly(run.StoreFile);
            var outputs = new RunOutputs(run.Folder, run.Sweep.Plan, results, new Theory());
            ExportCounts counts = outputs.WriteTables(interruption.Token);
            ReportOutcome report = outputs.TryWriteReport(interruption.Token);
            Console.Error.WriteLine(run.Counts(counts.Done, counts.Failed, counts.Missing));
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json(run, counts));
            }
            else
            {
                RunOutputs.PrintFiles(run.Shown, run.Sweep.Plan, report);
            }

            return ReportExitCode.Of(counts.Failed == 0, report);
        });
        return command;
    }

    private static string Json(StoredRun run, ExportCounts counts) => JsonSerializer.Serialize(
        new ExportJson(run.Sweep.Name, run.Folder.Path, run.Sweep.Plan.CellCount, counts.Done, counts.Failed, counts.Missing), JsonOutput.Default.ExportJson);
}
