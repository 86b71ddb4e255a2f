using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep export</c>: writes the tables of the stored results, also of an unfinished run.</summary>
internal static class ExportCommand
{
    private const string Summary = "Write the tables and the report of what a run has stored so far";

    private const string Details = """
        Writes replicates.csv and summary.csv, spectrum.csv and lags.csv where the sweep asks for those statistics, critical.csv and
        critical_summary.csv of a search along an axis, and report.html, each whole or not at all. A finished run has already written them. With
        --format parquet, the tables are replicates.parquet, summary.parquet and so on. With --all-fields, they begin with every field of the cell, also
        those that are no axes, so that a table alone says how its numbers were made; critical.csv and critical_summary.csv stay as they are.

        Examples:
          rnnsweep export runs/edge-of-chaos
          rnnsweep export runs/edge-of-chaos --format parquet --all-fields
        """;

    public static Command Create()
    {
        Argument<string> folder = RunFolderArgument.Create();
        Option<string?> store = new SweepArguments().Store;
        var format = new Option<string>("--format") { Description = "The format of the tables: csv or parquet", HelpName = "NAME", DefaultValueFactory = _ => "csv" };
        Completions.Of(format, _ => Formats);
        var allFields = new Option<bool>("--all-fields") { Description = "Begin the tables with every field of the cell, not only with the axes" };
        Option<bool> json = CommonOptions.Json("Print what the tables hold as JSON");
        var command = new DetailedCommand("export", Summary, Details) { folder, format, allFields, store, json };
        command.SetAction(parsed =>
        {
            TableFormat tables = Format(parsed.GetValue(format)!);
            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store));
            using var interruption = new Interruption();
            using RunFolderLock held = run.Lock("the run writes its tables when it finishes");
            using var results = SqliteResultStore.OpenReadOnly(run.StoreFile);
            var outputs = new RunOutputs(run.Folder, run.Sweep.Plan, results, run.Theory, run.Search);
            ExportCounts counts = outputs.WriteTables(interruption.Token, tables, parsed.GetValue(allFields));
            ReportOutcome report = outputs.TryWriteReport(interruption.Token);
            Console.Error.WriteLine(run.Counts(counts.Done, counts.Failed, counts.Missing));
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json(run, counts));
            }
            else
            {
                RunOutputs.PrintFiles(run.Shown, run.Sweep.Plan, report, tables);
            }

            return ReportExitCode.Of(counts.Failed == 0, report);
        });
        return command;
    }

    private static IEnumerable<string> Formats => Enum.GetNames<TableFormat>().Select(name => name.ToLowerInvariant());

    private static TableFormat Format(string name) => Formats.Contains(name)
        ? Enum.Parse<TableFormat>(name, ignoreCase: true)
        : throw new UsageException($"rnnsweep: --format must be csv or parquet, but was '{name}'");

    private static string Json(StoredRun run, ExportCounts counts) => JsonSerializer.Serialize(
        new ExportJson(run.Sweep.Name, run.Folder.Path, run.Sweep.Plan.CellCount, counts.Done, counts.Failed, counts.Missing), JsonOutput.Default.ExportJson);
}
