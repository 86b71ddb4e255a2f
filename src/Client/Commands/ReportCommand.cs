using System.CommandLine;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep report</c>: writes the page and the figures of the stored results, also of an unfinished run.</summary>
internal static class ReportCommand
{
    private const string Summary = "Write the report of what a run has stored so far: a page, and its figures";

    private const string Details = """
        report.html is one file that needs no network: what the numbers say, figures whose cells can be pointed at, a table, and where it all comes from.
        figures/ has every figure as an SVG. A finished run has already written them.

        Example:
          rnnsweep report runs/edge-of-chaos
        """;

    public static Command Create()
    {
        Argument<string> folder = RunFolderArgument.Create();
        Option<string?> store = new SweepArguments().Store;
        Option<bool> open = OpenOption.Create();
        var command = new DetailedCommand("report", Summary, Details) { folder, open, store };
        command.SetAction(parsed =>
        {
            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store));
            using var interruption = new Interruption();
            using RunFolderLock held = run.Lock("the run writes its report when it finishes");
            using var results = SqliteResultStore.OpenReadOnly(run.StoreFile);
            ReportCounts counts = Report.Of(run.Folder, run.Sweep.Plan, results, run.Theory, run.Search).Write(interruption.Token);
            Console.Error.WriteLine(run.Counts(counts.Done, counts.Failed, counts.Missing));
            Console.WriteLine(Path.Combine(run.Shown, RunFolder.ReportFile));
            counts.PrintTroubles();
            Console.Error.WriteLine(OpenOption.Link(run.Folder));
            if (parsed.GetValue(open))
            {
                OpenOption.Open(run.Folder);
            }

            return ReportExitCode.Of(counts.Failed == 0, counts.Troubles.Count == 0 ? ReportOutcome.Written : ReportOutcome.Incomplete);
        });
        return command;
    }
}
