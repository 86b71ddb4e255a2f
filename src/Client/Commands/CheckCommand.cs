using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep check</c>: whether the gradients of a trained network reach far enough back, by the exit code.</summary>
internal static class CheckCommand
{
    private const string Summary = "Check by the exit code that the gradients of a trained network reach far enough";

    private const string Details = """
        Prints one line for each network. The exit code is 0 where the median gradient over the last steps of the sequences keeps at least the given
        part of its length, and 3 where it does not. Nothing is stored.

        Example:
          rnnsweep check model.safetensors --input x.npy --reach 200 --at-least 1e-4
        """;

    public static Command Create()
    {
        var trained = new TrainedArguments();
        var arguments = new SweepArguments();
        var reach = new Option<string>("--reach") { Description = "Number of steps back from the end of the input", HelpName = "STEPS", Required = true };
        var least = new Option<string>("--at-least") { Description = "The least part of its length that a gradient must keep", HelpName = "PART", Required = true };
        var command = new DetailedCommand("check", Summary, Details) { trained.Models, trained.Input, reach, least, trained.Set, arguments.Parallelism };
        command.SetAction(parsed =>
        {
            int steps = trained.Steps(parsed), back = Reach(parsed.GetValue(reach)!, steps);
            double wanted = Least(parsed.GetValue(least)!);
            trained.Shapes(parsed);
            ResolvedSweep sweep = trained.Read(parsed, (SweepFields.Transient, $"{steps - back}"), (SweepFields.SequenceLength, $"{back}"));
            var computation = new Computation(sweep, arguments.Threads(parsed));
            using var interruption = new Interruption();
            IReadOnlyDictionary<CellKey, Reading[]> readings = Run(sweep.Plan, computation, interruption.Token);
            bool isReached = true;
            for (long cell = 0; cell < sweep.Plan.CellCount; cell++)
            {
                bool passes = Print(sweep.Plan, cell, readings[sweep.Plan.Planned(cell).Key], wanted);
                isReached &= passes;
            }

            return isReached ? ExitCode.Done : ExitCode.SomeCellsFailed;
        });
        return command;
    }

    private static int Reach(string text, int steps) => int.TryParse(text, NumberStyles.None, null, out int back) && back >= 1 && back <= steps
        ? back
        : throw new UsageException($"rnnsweep: --reach must be a whole number from 1 to {steps}, the steps of the input, but was '{text}'");

    private static double Least(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double part) && part > 0 && double.IsFinite(part)
        ? part
        : throw new UsageException($"rnnsweep: --at-least must be a finite number > 0, but was '{text}'");

    private static Dictionary<CellKey, Reading[]> Run(SweepPlan plan, Computation computation, CancellationToken cancellation)
    {
        var results = new ConcurrentBag<CellResult>();
        var failures = new ConcurrentBag<ReadingFailure>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = computation.Parallelism, CancellationToken = cancellation };
        Parallel.For(0, plan.Experiments.Count, options, index =>
        {
            ExperimentResult result = computation.Runner.Run(plan.Experiments[index], null, cancellation);
            foreach (CellResult cell in result.Results)
            {
                results.Add(cell);
            }

            foreach (ReadingFailure failure in result.Failures)
            {
                failures.Add(failure);
            }
        });
        return failures.FirstOrDefault() is { } first
            ? throw new InvalidOperationException($"a reading failed: {first.Reason}")
            : results.GroupBy(cell => cell.Key).ToDictionary(group => group.Key, group => group.SelectMany(cell => cell.Replicates).OrderBy(reading => reading.Replicate).ToArray());
    }

    private static bool Print(SweepPlan plan, long cell, Reading[] readings, double wanted)
    {
        CellSpec spec = plan.Cell(cell);
        string name = string.Join(
            ", ", plan.Axes.Where(axis => axis.Count > 1).Select(axis => $"{(axis.Field == SweepFields.Network && !double.IsNaN(axis.Value(0).Number) ? "checkpoint" : axis.Field.Name)} {plan.Coordinate(cell, plan.Axes.IndexOf(axis))}"));
        int unknown = readings.Count(reading => double.IsNaN(reading.Log10GradientNorm));
        var norms = SampleStatistics.Of([.. readings.Select(reading => reading.Log10GradientNorm)]);
        bool passes = unknown == 0 && norms.Median >= Math.Log10(wanted);
        string missing = unknown == 0 ? "" : $"; {unknown} of {Phrase.Count(readings.Length, "sequence")} left the range of numbers";
        string median = readings.Length > 1 ? $" in the median of {readings.Length} sequences" : "";
        Console.WriteLine(
            $"{(name.Length > 0 ? $"{name}: " : "")}{(passes ? "ok" : "too short")}: a gradient keeps {NetworkWords.Part(norms.Median)} of its length over {Phrase.Count(spec.SequenceLength, "step")}{median}"
                + $", and at least {NetworkWords.Part(Math.Log10(wanted))} is wanted{missing}");
        return passes;
    }
}
