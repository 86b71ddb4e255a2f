using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Benchmarks.Growth;

/// <summary>The series: of one cell in this process on one thread, W₀ drawn beforehand, and of whole sweeps.</summary>
internal static class Measurements
{
    private static readonly CellSpec s_cell = new() { HiddenSize = 32, SequenceLength = 100, SpectralRadius = 1.1, Replicates = 1 };

    public static Series HiddenSize(Effort effort) => InProcess(
        "Hidden size", "N", "T = 100, 1 replicate", effort, effort.Choose<int[]>([8, 16, 32, 64, 128, 256, 512], [8, 16, 32, 64]), 128,
        n => s_cell with { HiddenSize = n });

    public static Series SequenceLength(Effort effort) => InProcess(
        "Sequence length", "T", "N = 32, 1 replicate", effort, effort.Choose<int[]>([10, 30, 100, 300, 1000, 3000, 10_000], [10, 30, 100]), 300,
        length => s_cell with { SequenceLength = length });

    public static Series Replicates(Effort effort) => InProcess(
        "Replicates", "replicates", "N = 32, T = 100", effort, effort.Choose<int[]>([1, 3, 10, 30, 100, 300, 1000], [1, 3, 10]), 30,
        replicates => s_cell with { Replicates = replicates });

    /// <summary>Whole runs on two threads, each cell a trajectory of its own.</summary>
    public static Series Cells(Effort effort)
    {
        int[] counts = effort.Choose<int[]>([100, 1000, 3000, 10_000, 30_000, 100_000], [100, 300, 1000]);
        using var folder = new TemporaryFolder();
        Timing[] timings = SideBySide.Rounds([.. counts.Select(count => new Contender("run", () => RnnSweepProgram.Run(folder.Fresh(), Sweep(count))))], effort.FewRounds);
        return new Series("Cells, whole runs", "cells", 1, "N = 4, T = 10, 1 replicate", Points(counts, timings), effort.Choose(10_000, 300));
    }

    private static string[] Sweep(int cells) =>
        ["hidden_size=4", "sequence_length=10", "replicates=1", $"spectral_radius=0.5..1.5/{cells}"];

    private static Series InProcess(
        string title, string axis, string rest, Effort effort, int[] sizes, double fitFrom, Func<int, CellSpec> cellOf)
    {
        var inProcess = new InProcess();
        Contender[] contenders = [.. sizes.Select(size => new Contender(axis, () => inProcess.Run(cellOf(size))))];
        Array.ForEach(contenders, contender => contender.Run()); // draws W₀
        (double, double)[] operations = [.. sizes.Select(size => ((double)size, WorkEstimate.Operations(cellOf(size))))];
        double expected = new Series(title, axis, double.NaN, rest, operations, fitFrom).Fitted.Exponent;
        return new Series(title, axis, expected, rest, Points(sizes, SideBySide.Samples(contenders, effort)), fitFrom);
    }

    private static (double X, double Y)[] Points(int[] sizes, Timing[] timings) => [.. sizes.Zip(timings, (size, timing) => ((double)size, timing.Minimum))];
}
