using System.CommandLine;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep diagnose</c>: how far back the gradients of a trained network reach on its input, in words, with a report.</summary>
internal static class DiagnoseCommand
{
    private const string Summary = "Say how far back the gradients of a trained network reach";

    private const string Details = """
        Runs a sweep over the layers of the network, or over its checkpoints, on the whole input, with norms, spectrum and lags, and writes the same
        files as 'rnnsweep run'. The same command again shows the stored results.

        Examples:
          rnnsweep diagnose model.safetensors --input x.npy
          rnnsweep diagnose model.safetensors#encoder --input x.npy -o results/encoder
          rnnsweep diagnose 'checkpoints/step-*.safetensors' --input x.npy --set replicates=8
        """;

    // Beyond, lags are log-spaced: each costs some matrix products.
    private const int MostLags = 64;

    public static Command Create()
    {
        var trained = new TrainedArguments();
        var arguments = new SweepArguments();
        var output = new Option<string?>("--output", "-o") { Description = "The folder of the results [default: runs/diagnosis-NAME]", HelpName = "DIR" };
        var engine = new Option<string?>("--engine") { Description = "What computes: threads, or silo, an embedded Orleans silo [default: RNNSWEEP_ENGINE, else silo]", HelpName = "NAME" };
        Completions.Of(output, Completions.Folders);
        Completions.Of(engine, _ => EngineChoice.Names.Except(["cluster"]));
        SweepArguments.RefuseEmpty(output, "a folder");
        Option<bool> verbose = CommonOptions.Verbose("Write the log to the error stream, too");
        var command = new DetailedCommand("diagnose", Summary, Details) { trained.Models, trained.Input, output, trained.Set, engine, arguments.Parallelism, verbose };
        command.SetAction(parsed =>
        {
            ResolvedSweep sweep = Sweep(trained, parsed);
            string name = parsed.GetValue(engine) ?? EngineChoice.Default;
            if (name == "cluster")
            {
                throw new UsageException("rnnsweep: --engine must be threads or silo: 'rnnsweep run' computes the sweep.yaml of a diagnosis on a cluster");
            }

            EngineChoice.Require(name);
            var computation = new Computation(sweep, arguments.Threads(parsed));
            computation.RequireRoomForLedger();
            using IEngine chosen = EngineChoice.Local(name, computation);
            RunFolder folder = parsed.GetValue(output) is { } given ? new RunFolder(given) : DefaultFolder.Of(sweep, parsed.GetValue(trained.Set) ?? []);
            var run = new SweepRun(sweep, folder, RunStore.PathOf(folder, null), computation, chosen, parsed.GetValue(verbose));
            using var interruption = new Interruption();
            return RunCommand.Run(run, sweep, folder, interruption, json: false, () => Show(sweep, folder));
        });
        return command;
    }

    private static ResolvedSweep Sweep(TrainedArguments trained, ParseResult parsed)
    {
        int steps = trained.Steps(parsed) - trained.Transient(parsed);
        TrainedShape[] shapes = [.. trained.Shapes(parsed)];
        var fields = new List<(SweepField, string)>
        {
            (SweepFields.Name, $"diagnosis-{trained.Name(parsed)}"),
            (SweepFields.SequenceLength, $"{Math.Max(1, steps)}"),
            (SweepFields.Statistics, $"[{StatisticsNames.Norms}, {StatisticsNames.Spectrum}, {StatisticsNames.Lags}]"),
        };
        if (steps > MostLags)
        {
            fields.Add((SweepFields.Lags, $"{{ count: {MostLags} }}"));
        }

        int layers = shapes.Min(shape => shape.Layers);
        bool isBidirectional = shapes.All(shape => shape.Directions == 2);
        if (shapes.Any(shape => shape is { Directions: 2, Layers: > 1 }))
        {
            fields.Add((SweepFields.Layer, "0"));
        }
        else if (layers > 1)
        {
            fields.Add((SweepFields.Layer, $"[all, {string.Join(", ", Enumerable.Range(0, layers))}]"));
        }

        if (isBidirectional)
        {
            fields.Add((SweepFields.Direction, "[forward, backward]"));
        }

        return trained.Read(parsed, fields);
    }

    private static void Show(ResolvedSweep sweep, RunFolder folder)
    {
        using var store = SqliteResultStore.OpenReadOnly(RunStore.PathOf(folder, null));
        foreach (string sentence in NetworkWords.Of(ReportData.Read(sweep.Plan, store, _ => CellTheory.Unknown), store))
        {
            Console.WriteLine(Phrase.Capitalised(sentence));
        }
    }
}
