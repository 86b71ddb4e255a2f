using System.Text.Json;
using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>∂x_T/∂x_0 of one network by automatic differentiation; the cost of a step compared with that of a cell with one replicate.</summary>
internal static class TorchComparison
{
    public static void Run(Report report, Effort effort)
    {
        if (!Python.HasTorch)
        {
            report.Say("torch is missing (Debian: python3-torch), so automatic differentiation is not compared.");
            return;
        }

        report.Say("""
            The product alone by automatic differentiation: peers/torch_jacobian.py, torch.autograd.functional.jacobian of x_T with respect to x_0, one thread, double
            precision, start-up left out; row by row, and all rows at once (`vectorize`). rnnsweep computes the whole cell, norms and omega included, on one thread; W₀ is
            drawn beforehand in both. Microseconds a step are the time over T; nothing is extrapolated.
            """);
        Table table = report.Add(new Table(
            "sweeps-torch", "N", "T", "rnnsweep µs a step", "torch, vectorize µs a step", "torch, row by row µs a step", "over vectorize", "over row by row",
            "difference of log10_spectral_norm"));
        (int N, int Length)[] shapes = effort.Choose<(int, int)[]>([(64, 20), (64, 200), (64, 1000), (256, 20), (256, 200)], [(64, 20)]);
        foreach ((int n, int length) in shapes)
        {
            Measure(n, length, effort, table);
        }
    }

    private static void Measure(int n, int length, Effort effort, Table table)
    {
        var cell = new CellSpec { HiddenSize = n, SequenceLength = length, SpectralRadius = 0.9, Replicates = 1 };
        var inProcess = new InProcess();
        double ours = inProcess.Run(cell).Replicates[0].Log10SpectralNorm;
        double mine = double.PositiveInfinity, vectorized = mine, rowByRow = mine, theirs = double.NaN;
        for (int round = 0; round < effort.FewRounds; round++)
        {
            mine = Math.Min(mine, SideBySide.Samples([new("rnnsweep", () => inProcess.Run(cell))], effort)[0].Minimum);
            using JsonDocument torch = Torch(n, length);
            JsonElement seconds = torch.RootElement.GetProperty("seconds");
            vectorized = Math.Min(vectorized, Minimum(seconds.GetProperty("vectorize")));
            rowByRow = Math.Min(rowByRow, Minimum(seconds.GetProperty("row by row")));
            theirs = torch.RootElement.GetProperty("log10_spectral_norm").GetDouble();
        }

        double difference = Math.Abs(ours - theirs);
        if (!(difference <= TableComparison.Tolerance * Math.Max(1, Math.Abs(ours))))
        {
            throw new InvalidOperationException($"torch has log10_spectral_norm {theirs:R} at N = {n}, T = {length}, rnnsweep {ours:R}");
        }

        table.Add(n, length, mine / length * 1e6, vectorized / length * 1e6, rowByRow / length * 1e6, vectorized / mine, rowByRow / mine, difference);
    }

    private static JsonDocument Torch(int n, int length) => JsonDocument.Parse(ProcessOutput.OfSuccess(
        Python.Path!,
        [
            SourceTree.Peer("torch_jacobian.py"), "--hidden-size", n.ToString(),
            "--length", length.ToString(), "--repeats", "3",
        ]).Output);

    private static double Minimum(JsonElement values) => values.EnumerateArray().Min(value => value.GetDouble());
}
