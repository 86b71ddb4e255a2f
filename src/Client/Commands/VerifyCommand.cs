using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep verify</c>: proves that what a run left fits together.</summary>
internal static class VerifyCommand
{
    private const string Summary = "Prove the books of a run";

    private const string Details = """
        Cells = done + failed + missing; every stored result can be read and belongs to the sweep; the tables are byte for byte what
        the store says; and a random sample of cells computed again gives the same bits. Tables that are right but were written before the last
        cells were stored are named, with exit code 6.

        Example:
          rnnsweep verify runs/edge-of-chaos --sample 20
        """;

    public static Command Create()
    {
        Argument<string> folder = StoredRun.Argument();
        Option<string?> store = new SweepArguments().Store;
        var sample = new Option<string>("--sample")
        {
            Description = "Number of cells to compute again",
            HelpName = "N",
            DefaultValueFactory = _ => "5",
        };
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON" };
        var command = new DetailedCommand("verify", Summary, Details) { folder, sample, store, json };
        command.SetAction(parsed =>
        {
            string asked = parsed.GetValue(sample)!;
            if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int cells))
            {
                throw new UsageException($"rnnsweep: --sample must be a whole number from 0 to {int.MaxValue}, but was '{asked}'");
            }

            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store), isComputing: true);
            return Report(run, Check(run, cells), parsed.GetValue(json));
        });
        return command;
    }

    private static BooksReport Check(StoredRun run, int sample)
    {
        using var interruption = new Interruption();
        using var store = SqliteResultStore.OpenReadOnly(run.StoreFile);
        Experiment experiment = new Computation(run.Sweep, parallelism: 1).Experiment;
        return new Books(run.Folder, run.Sweep.Plan, store, new SummaryTable(new Theory().OfMeasured)).Check(
            sample,
            Random.Shared,
            spec => experiment.Run(spec, onward: false, interruption.Token),
            RunStore.IsShared(run.Folder, run.StoreFile),
            mayBeOlder: Manifest.Read(run.Folder)?.Sessions is [.., { Finished: null }],
            interruption.Token);
    }

    private static int Report(StoredRun run, BooksReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["name"] = run.Sweep.Name,
                ["cells"] = report.Cells,
                ["done"] = report.Done,
                ["failed"] = report.Failed,
                ["missing"] = report.Missing,
                ["damaged"] = report.Damaged,
                ["recomputed"] = report.Recomputed,
                ["findings"] = report.Findings,
                ["older_tables"] = report.OlderTables,
            }));
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

        string damaged = report.Damaged > 0 ? string.Create(CultureInfo.InvariantCulture, $" + {report.Damaged} damaged") : "";
        string verdict = report.Findings.Count == 0 ? report.OlderTables.Count == 0 ? "the books are right" : "the tables are older than the store" : string.Create(CultureInfo.InvariantCulture, $"{report.Findings.Count} finding{(report.Findings.Count == 1 ? "" : "s")}");
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Sweep.Title}: {report.Cells} cells = {report.Done} done + {report.Failed} failed + {report.Missing} missing{damaged}; {report.Recomputed} computed again; {verdict}"));
        if (report.Findings.Count > 0 && Manifest.Read(run.Folder)?.Sessions is [.., var last] && last.InstructionSet != Machine.InstructionSet)
        {
            Console.Error.WriteLine($"the run was made with {last.InstructionSet}, this machine has {Machine.InstructionSet}: the last digits of cells computed again may differ for that alone");
        }

        return report.Findings.Count > 0 ? ExitCode.Damaged : report.OlderTables.Count > 0 ? ExitCode.OutOfDate : ExitCode.Done;
    }
}
