using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Benchmarks.Sharing;

/// <summary>The savings of cells that share a trajectory, or the draw of W₀.</summary>
internal sealed class SharingPart : IPart
{
    private static readonly CellSpec s_cell = new() { SpectralRadius = 1.1, Replicates = 4 };

    public string Name => "sharing";

    public string Question => "eight sequence lengths for the price of the longest, twenty radii for one draw";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            In one process on one thread, caches empty at the start of each run, four replicates (one from N = 128 on), radius 1.1. `shared` is all eight lengths of one trajectory, `alone`
            the longest by itself, `apart` all eight each from step 0; `shared over alone` would be 1 if reading cost nothing.
            """);
        int[] spread = effort.Choose<int[]>([10, 20, 50, 100, 200, 500, 1000, 2000], [1, 2, 5, 10, 20]);
        int[] equal = [.. Enumerable.Range(1, 8).Select(i => i * spread[^1] / 8)];
        Table lengths = report.Add(new Table("sharing-lengths", "N", "lengths", "alone s", "shared s", "apart s", "shared over alone", "median shared over alone", "apart over alone"));
        foreach (int n in effort.Choose<int[]>([16, 64, 128], [16, 32]))
        {
            Lengths(n, spread, effort, lengths);
            Lengths(n, equal, effort, lengths);
        }

        report.Say("Twenty radii, 0.6 to 1.55, at T = 100 against one, 1.1: seconds a cell, and how often W₀ was drawn and its spectral radius computed (four replicates).");
        Table radii = report.Add(new Table(
            "sharing-radii", "N", "one radius: s a cell", "twenty radii: s a cell", "twenty over one", "median twenty over one", "draws for one", "draws for twenty"));
        foreach (int n in effort.Choose<int[]>([16, 64, 128], [16, 32]))
        {
            Radii(n, effort, radii);
        }

        return report;
    }

    private static void Lengths(int n, int[] lengths, Effort effort, Table table)
    {
        CellSpec cell = s_cell with { HiddenSize = n, Replicates = n < 128 ? s_cell.Replicates : 1 };
        Timing[] timings = SideBySide.Samples(
            [
                new("alone", () => new InProcess().Run(cell with { SequenceLength = lengths[^1] })),
                new("shared", () => new InProcess().Run(cell, lengths)),
                new("apart", () => Apart(cell, lengths)),
            ],
            effort);
        table.Add(
            n, string.Join(' ', lengths.Select(length => length.ToString())), timings[0].Minimum, timings[1].Minimum,
            timings[2].Minimum, timings[1].Over(timings[0]), timings[1].MedianOver(timings[0]), timings[2].Over(timings[0]));
    }

    private static void Apart(CellSpec cell, int[] lengths)
    {
        var inProcess = new InProcess(); // W₀ is still drawn only once
        foreach (int length in lengths)
        {
            inProcess.Run(cell with { SequenceLength = length });
        }
    }

    private static void Radii(int n, Effort effort, Table table)
    {
        CellSpec cell = s_cell with { HiddenSize = n, SequenceLength = 100 };
        double[] radii = [.. Enumerable.Range(0, 20).Select(i => 0.6 + (0.05 * i))];
        long drawsForOne = 0, drawsForAll = 0;
        Timing[] timings = SideBySide.Samples(
            [
                new("one", () => drawsForOne = Run(cell, [cell.SpectralRadius])),
                new("twenty", () => drawsForAll = Run(cell, radii)),
            ],
            effort);
        double each = 1.0 / radii.Length;
        table.Add(
            n, timings[0].Minimum, timings[1].Minimum * each, timings[1].Over(timings[0]) * each, timings[1].MedianOver(timings[0]) * each, drawsForOne, drawsForAll);
    }

    private static long Run(CellSpec cell, double[] radii)
    {
        var inProcess = new InProcess();
        foreach (double radius in radii)
        {
            inProcess.Run(cell with { SpectralRadius = radius });
        }

        return inProcess.Draws;
    }
}
