using System.Diagnostics;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.Commands;

/// <summary>A quick measurement, of some tenths of a second, of how fast this machine multiplies matrices.</summary>
internal static class KernelSpeed
{
    private const int Size = 128;

    // The JIT compiles hot methods again for this processor (tiered compilation); speeds before that are too low.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(200), s_measure = TimeSpan.FromMilliseconds(100);

    /// <summary>Multiplies 128 × 128 matrices on several threads at once, each with its own matrices.</summary>
    /// <returns>The sum over the threads, in 10⁹ floating-point operations per second.</returns>
    public static double GigaflopsPerSecond(int threads)
    {
        using var start = new Barrier(threads);
        double[] speeds = new double[threads];
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => speeds[i] = OnThisThread(start)) { IsBackground = true, Name = $"speed {i}" })];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return speeds.Sum() / 1e9;
    }

    private static double OnThisThread(Barrier start)
    {
        double[] a = Values(1), b = Values(2), c = new double[Size * Size];
        Run(a, b, c, s_warmUp);
        start.SignalAndWait();
        return Run(a, b, c, s_measure);
    }

    private static double Run(double[] a, double[] b, double[] c, TimeSpan time)
    {
        const int atATime = 10;
        long begin = Stopwatch.GetTimestamp(), products = 0;
        TimeSpan elapsed;
        do
        {
            for (int i = 0; i < atATime; i++)
            {
                MatrixProduct.Multiply(a, b, c, Size, Size, Size);
            }

            products += atATime;
            elapsed = Stopwatch.GetElapsedTime(begin);
        }
        while (elapsed < time);
        return 2.0 * Size * Size * Size * products / elapsed.TotalSeconds;
    }

    private static double[] Values(int seed)
    {
        var random = new Random(seed);
        double[] values = new double[Size * Size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextDouble() - 0.5;
        }

        return values;
    }
}
