using System.Diagnostics;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Benchmarks.Profile;

/// <summary>The time of each stage of a cell.</summary>
internal sealed class ProfilePart : IPart
{
    public string Name => "profile";

    public string Question => "where the time of a cell goes, at N = 128 and T = 100";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            On one thread, tanh, pre-activation, gaussian weights, for one radius (1.1) and for twenty (0.6 to 1.55), which share the draw of W₀. Milliseconds a cell of
            one replicate, the same throughout: each stage runs by itself through the public parts of Core, and the quickest round counts. The last lines: their sum; the
            same cells through ExperimentRunner; and what that does beside (scaling W, keeping slopes, the keys) or in better order.
            """);
        var cell = new CellSpec { HiddenSize = effort.Choose(128, 32), SequenceLength = 100, Replicates = 1 };
        double[] many = [.. Enumerable.Range(0, 20).Select(i => 0.6 + (0.05 * i))];
        double[] one = Measure(cell, [1.1], effort), twenty = Measure(cell, many, effort);
        Table table = report.Add(new Table("profile", "stage", "one radius ms", "one radius %", "twenty radii ms a cell", "twenty radii %"));
        int stages = Stages.Names.Length;
        double sumOfOne = one.Take(stages).Sum(), sumOfTwenty = twenty.Take(stages).Sum();
        for (int i = 0; i < stages; i++)
        {
            table.Add(Stages.Names[i], one[i] * 1e3, 100 * one[i] / sumOfOne, twenty[i] * 1e3, 100 * twenty[i] / sumOfTwenty);
        }

        table.Add("sum", sumOfOne * 1e3, 100, sumOfTwenty * 1e3, 100);
        table.Add("ExperimentRunner", one[^1] * 1e3, 100 * one[^1] / sumOfOne, twenty[^1] * 1e3, 100 * twenty[^1] / sumOfTwenty);
        table.Add("beside the stages", (one[^1] - sumOfOne) * 1e3, 100 * ((one[^1] / sumOfOne) - 1), (twenty[^1] - sumOfTwenty) * 1e3, 100 * ((twenty[^1] / sumOfTwenty) - 1));
        return report;
    }

    /// <returns>Seconds per cell: by stage, then of the whole.</returns>
    private static double[] Measure(CellSpec cell, double[] radii, Effort effort)
    {
        double[] least = [.. Enumerable.Repeat(double.PositiveInfinity, Stages.Names.Length + 1)];
        int rounds = effort.Choose(radii.Length > 1 ? 10 : 60, 2);
        for (int round = 0; round < rounds; round++)
        {
            // The same network throughout, because the eigenvalues of another one take another number of iterations.
            var stages = new Stages(cell);
            stages.Run(radii);
            double[] seconds = [.. stages.Seconds, Whole(cell, radii)];
            least = [.. least.Zip(seconds, (a, b) => Math.Min(a, b / radii.Length))];
        }

        return least;
    }

    private static double Whole(CellSpec cell, double[] radii)
    {
        var inProcess = new InProcess();
        long start = Stopwatch.GetTimestamp();
        foreach (double radius in radii)
        {
            inProcess.Run(cell with { SpectralRadius = radius });
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
