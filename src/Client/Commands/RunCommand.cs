using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Live;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep run</c>: computes the readings of a sweep that are not stored, and writes its tables.</summary>
internal static class RunCommand
{
    private const string Summary = "Run a sweep: compute what is not stored yet, and write the tables";

    private const string Details = """
        A run that was stopped or killed goes on with the same command.

        Examples:
          rnnsweep run examples/edge-of-chaos.yaml
          rnnsweep run sweep.yaml -o results/today --set replicates=64 --set spectral_radius=0.5..1.5:0.1
          rnnsweep run examples/edge-of-chaos.yaml --shard 2/8
          rnnsweep run examples/edge-of-chaos.yaml --watch
          rnnsweep run --set spectral_radius='{from: 0.5, to: 3, locate: fraction_vanishing = 0.5, to_within: 0.01}'

        Fields of a sweep, with their defaults:
        """;

    private const int SentencesShown = 2;

    private const string CellFailed = "stopped because a cell has failed (--fail-fast)";

    public static Command Create()
    {
        var arguments = new SweepArguments();
        var cluster = new ClusterArguments();
        var engine = new Option<string?>("--engine") { Description = EngineChoice.Help, HelpName = "NAME" };
        Completions.Of(engine, _ => EngineChoice.Names);
        Option<bool> verbose = CommonOptions.Verbose("Write the log to the error stream, too");
        var watch = new WatchOption();
        Option<bool> open = OpenOption.Create();
        var time = new Option<string?>("--for") { Description = "Stop in good order after this time, such as 2h; the same command goes on", HelpName = "TIME" };
        var failsFast = new Option<bool>("--fail-fast") { Description = "Stop in good order when a cell fails" };
        Option<bool> json = CommonOptions.Json("Print how the run ended as JSON");
        var command = new DetailedCommand("run", Summary, $"{Details}\n{Fields()}")
        {
            arguments.Sweep, arguments.Output, arguments.Set, arguments.Shard, engine, arguments.Parallelism, arguments.Store, time, failsFast, watch.Option, open, json, verbose,
        };
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(engine) ?? EngineChoice.Default;
            if (name == "threads")
            {
                DynamicCode.TurnOff(); // Orleans needs it
            }

            TimeSpan? limit = parsed.GetValue(time) is { } text ? DurationText.Read("--for", text) : null;
            if (parsed.GetValue(failsFast) && name == "cluster")
            {
                throw new UsageException("rnnsweep: --fail-fast is for runs on this machine; a cluster goes on with a sweep until 'rnnsweep cancel' stops it");
            }

            ResolvedSweep sweep = arguments.Read(parsed);
            int? threads = arguments.Threads(parsed);
            EngineChoice.Require(name);
            if (parsed.GetValue(engine) is null && EngineChoice.IsSiloOutOfReach)
            {
                Console.Error.WriteLine($"using engine threads, because a silo needs {Descriptors.NeededBySilo} open files, and this process may have {Descriptors.Limit}");
            }

            Computation? computation = name == "cluster" ? null : new Computation(sweep, threads);
            computation?.RequireRoomForLedger();
            using IEngine chosen = computation is null ? EngineChoice.Cluster(cluster.Read(parsed), sweep) : EngineChoice.Local(name, computation);
            RunFolder folder = arguments.Folder(parsed, sweep);
            using LiveRun? live = watch.Listen(parsed, sweep.Title);
            using var interruption = new Interruption();
            _ = limit is { } most ? interruption.StopAfter(most, $"stopped after {parsed.GetValue(time)} (--for)") : Task.CompletedTask;
            var run = new SweepRun(sweep, folder, RunStore.PathOf(folder, parsed.GetValue(arguments.Store)), computation, chosen, parsed.GetValue(verbose))
            {
                Live = live,
                OnFailed = parsed.GetValue(failsFast) ? () => Task.Run(() => interruption.Stop(CellFailed)) : null,
                Siblings = computation is null ? [] : arguments.Siblings(parsed, sweep, folder),
            };
            if (computation is not null && computation.Parallelism < computation.Wanted)
            {
                Console.Error.WriteLine($"using {Phrase.Count(computation.Parallelism, "thread")} instead of {computation.Wanted}: more would not fit into memory");
            }

            return Run(run, sweep, folder, interruption, parsed.GetValue(json), isOpened: parsed.GetValue(open));
        });
        cluster.AddTo(command);
        return command;
    }

    private static string Fields() => string.Join('\n', SweepFields.All.Select(field => $"  {field.Name,-22}{field.Default,-26}{field.Description}"));

    /// <summary>Runs a sweep, and prints how it ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sweep">Its sweep.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="interruption">Stops the run.</param>
    /// <param name="json">Whether it is printed as JSON.</param>
    /// <param name="show">Prints the results; null for the table of 'rnnsweep show', with the first sentences of the report at the end.</param>
    /// <param name="isOpened">Whether the report is opened in the browser.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(
        SweepRun run, ResolvedSweep sweep, RunFolder folder, Interruption interruption, bool json, Action? show = null, bool isOpened = false)
    {
        RunOutcome outcome = Run(run, folder, interruption);
        (ResolvedSweep given, sweep) = (sweep, outcome.Sweep);
        string shown = RelativePath(folder);
        Console.Error.WriteLine(Sentence(sweep, outcome));
        foreach ((long cell, string reason) in outcome.Failures.OrderBy(failure => failure.Key).Take(10))
        {
            Console.Error.WriteLine($"failed: cell {cell}{CellCoordinates.InBrackets(sweep.Plan, cell)}: {reason}");
        }

        if (json)
        {
            Console.WriteLine(Json(sweep, folder, outcome));
        }

        if (!outcome.IsComplete)
        {
            string why = interruption.Reason is { } reason ? $"{reason}; " : "";
            Console.Error.WriteLine($"{why}finished readings are stored; to continue: {CommandText.Current()}");
            return interruption.Reason == CellFailed ? ExitCode.SomeCellsFailed : ExitCode.Interrupted;
        }

        if (!json)
        {
            if (outcome.Report != ReportOutcome.Interrupted)
            {
                TryShow(show ?? (() => ShowTable(given, folder, outcome.Search)));
            }

            RunOutputs.PrintFiles(shown, sweep.Plan, outcome.Report);
            // The critical values stand below the table already.
            IEnumerable<string> shownSentences = outcome.Search is null ? [] : CriticalWords.Of(outcome.Search);
            foreach (string sentence in show is null ? outcome.Sentences.Except(shownSentences).Take(SentencesShown) : [])
            {
                Console.Error.WriteLine(Phrase.Capitalised(sentence));
            }

            if (outcome.Report.HasPage())
            {
                Console.Error.WriteLine(OpenOption.Link(folder));
            }
        }

        if (isOpened && outcome.Report.HasPage())
        {
            OpenOption.Open(folder);
        }

        return ReportExitCode.Of(outcome.Counts.Failed == 0, outcome.Report);
    }

    private static RunOutcome Run(SweepRun run, RunFolder folder, Interruption interruption)
    {
        try
        {
            return run.Run(interruption);
        }
        catch (OtherSweepException error)
        {
            string other = Enumerable.Range(2, int.MaxValue - 2).Select(number => $"{RelativePath(folder)}-{number}").First(path => !Path.Exists(path));
            throw new UsageException($"{error.Message}; choose another folder, as with {CommandText.CurrentWithOutput(other)}, or share results between sweeps with --store FILE");
        }
    }

    private static string RelativePath(RunFolder folder)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? folder.Path : relative;
    }

    // The run is complete and its files are written, so an error here does not change the exit code.
    private static void TryShow(Action show)
    {
        try
        {
            show();
        }
#pragma warning disable CA1031 // any error: 'rnnsweep show' can print the table later
        catch (Exception error)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"the results cannot be shown: {error.Message}");
            Log.Warning(error, "No results shown");
        }
    }

    private static void ShowTable(ResolvedSweep sweep, RunFolder folder, LocatingSearch? search)
    {
        using var store = SqliteResultStore.OpenReadOnly(RunStore.PathOf(folder, null));
        CellGridOutput.Error().Show(PlanSlice.Of(sweep.Plan), store);
        foreach (string sentence in search is null ? [] : CriticalWords.Of(search))
        {
            Console.Error.WriteLine(sentence);
        }
    }

    private static string Sentence(ResolvedSweep sweep, RunOutcome outcome)
    {
        string failed = outcome.Counts.Failed > 0 ? $", {outcome.Counts.Failed} failed" : "";
        return
            $"{sweep.Title}: {outcome.Counts.Done} of {outcome.Counts.Cells} cells done{failed} ({outcome.Stored} were stored, {outcome.Computed} computed in {ProgressMeter.Clock(outcome.Elapsed)})";
    }

    private static string Json(ResolvedSweep sweep, RunFolder folder, RunOutcome outcome) => JsonSerializer.Serialize(
        new RunJson(
            sweep.Name, folder.Path, outcome.Counts.Cells, outcome.Counts.Done, outcome.Counts.Failed, outcome.Counts.Leased + outcome.Counts.Open,
            outcome.Stored, outcome.Computed, Math.Round(outcome.Elapsed.TotalSeconds, 3)),
        JsonOutput.Default.RunJson);
}
