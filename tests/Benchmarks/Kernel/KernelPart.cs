using System.Runtime.Intrinsics;
using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Networks;

namespace RnnSweep.Benchmarks.Kernel;

/// <summary>The product step compared with OpenBLAS' dgemm of the same shape, and with the peak of the processor's registers.</summary>
internal sealed class KernelPart : IPart
{
    public string Name => "kernel";

    public string Question => "one product step, N × N times N × r, on one core";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            diag(slopes)·W·B in double precision as a trajectory does it, the slopes, the largest magnitude of each column and the rescaling included; `OpenBLAS`
            is cblas_dgemm of the same shape on one thread, W·B alone. `peak` is a loop of fused multiply-adds on registers alone, 256- or 512-bit, whichever
            is faster.
            GFLOP/s are of the quickest round; the last columns are ratios of speeds, above 1 where rnnsweep is faster: of the quickest rounds, and the
            median over rounds.
            """);
        if (OpenBlas.Loaded is null)
        {
            report.Say(OpenBlas.Missing);
        }

        Table table = report.Add(new Table(
            "kernel", "N", "r", "rnnsweep µs", "rnnsweep GFLOP/s", "OpenBLAS GFLOP/s", "peak GFLOP/s", "of peak",
            "over OpenBLAS", "median over OpenBLAS"));
        double largestDifference = 0;
        foreach ((int n, int columns) in Shapes(effort))
        {
            largestDifference = Math.Max(largestDifference, Measure(n, columns, effort, table));
        }

        if (OpenBlas.Loaded is not null)
        {
            report.Say($"""
                The two products agree within {largestDifference:G2} of N·ε·max|W|·max|B|, the size of their rounding: sums of N terms in different orders
                differ by no more than twice that.
                """);
            if (largestDifference > 2)
            {
                throw new InvalidOperationException($"rnnsweep's product differs from OpenBLAS' by {largestDifference:G2} times the size of their rounding");
            }
        }

        return report;
    }

    private static IEnumerable<(int N, int Columns)> Shapes(Effort effort)
    {
        foreach (int n in effort.Choose<int[]>([4, 8, 16, 32, 64, 128, 256, 512], [4, 16, 32, 64]))
        {
            yield return (n, n);
            for (int columns = n / 2; columns >= 8 && n >= 32; columns /= 2)
            {
                yield return (n, columns);
            }
        }
    }

    /// <returns>The largest difference of the products, in units of their rounding.</returns>
    private static double Measure(int n, int columns, Effort effort, Table table)
    {
        double[] weights = WeightDraw.Draw(WeightEnsemble.Gaussian, n, 1, 1, 0).Values;
        double[] block = WeightDraw.Draw(WeightEnsemble.Gaussian, n, 1, 1, 1).Values[..(n * columns)];
        var ours = new KernelStep();
        OpenBlasStep? blas = OpenBlas.Loaded is { } library ? new OpenBlasStep(library) : null;
        IProductStep[] steps = [.. new IProductStep?[] { ours, blas }.OfType<IProductStep>()];
        foreach (IProductStep step in steps)
        {
            step.Prepare(weights, block, n, columns);
        }

        List<Contender> contenders = [.. steps.Select(step => new Contender(step.Name, step.Step)), new("256", PeakLoop.Run256)];
        if (Vector512.IsHardwareAccelerated)
        {
            contenders.Add(new("512", PeakLoop.Run512));
        }

        Timing[] timings = SideBySide.Samples(contenders, effort);
        double operations = 2.0 * n * n * columns;
        Timing ourTime = timings[0];
        Timing? blasTime = blas is null ? null : timings[1];
        double peak = Math.Max(
            PeakLoop.Operations256 / timings[steps.Length].Minimum,
            timings.Length > steps.Length + 1 ? PeakLoop.Operations512 / timings[^1].Minimum : 0);
        double speed = operations / ourTime.Minimum;
        table.Add(
            n, columns, ourTime.Minimum * 1e6, speed * 1e-9, operations / blasTime?.Minimum * 1e-9, peak * 1e-9, speed / peak,
            blasTime?.Over(ourTime), blasTime?.MedianOver(ourTime));

        return blas is null ? 0 : Difference(ours.Result(), blas.Result(), weights, block, n);
    }

    private static double Difference(double[] mine, double[] theirs, double[] weights, double[] block, int n)
    {
        double epsilon = Math.BitIncrement(1.0) - 1;
        double unit = n * epsilon * weights.Max(Math.Abs) * block.Max(Math.Abs);
        return mine.Zip(theirs, (a, b) => Math.Abs(a - b)).Max() / unit;
    }
}
