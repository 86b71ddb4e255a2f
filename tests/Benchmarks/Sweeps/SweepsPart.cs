using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>Whole sweeps, from the start of the process to the tables, against numpy under joblib; one Jacobian against automatic differentiation.</summary>
internal sealed class SweepsPart : IPart
{
    public string Name => "sweeps";

    public string Question => "whole sweeps against numpy under joblib, two workers each";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            Spectral radii 0.9, 1.1, 1.3, 1.5; sequence lengths 50, 200, 1000; tanh, pre-activation, gaussian weights. Seconds are those of whole processes, start-up
            and tables included. `rnnsweep run --parallelism 2`, with the default engine, has a fresh folder each time. `numpy` is peers/numpy_joblib.py, two processes with one
            BLAS thread each, a job for each cell; `numpy, shared` runs each trajectory once and reads all lengths on the way, as rnnsweep does. Ratios are
            above 1 where rnnsweep is faster: of the quickest rounds, and the median over rounds.
            """);
        if (Python.Path is null)
        {
            report.Say("python3 with numpy, scipy and joblib is missing (Debian: python3-numpy, python3-scipy, python3-joblib), so nothing is compared.");
            return report;
        }

        GridSweep[] sweeps = effort.Choose<GridSweep[]>(
            [new(16, 1024, [50, 200, 1000]), new(64, 128, [50, 200, 1000]), new(256, 8, [50, 200, 1000]), new(512, 2, [50, 200, 1000])],
            [new(16, 2, [5, 20, 100]), new(64, 2, [5, 20, 50])]);
        Table times = report.Add(new Table(
            "sweeps", "N", "replicates", "rnnsweep s", "numpy s", "numpy, shared s", "over numpy", "median over numpy", "over numpy, shared",
            "median over numpy, shared"));
        var agreement = new Table("sweeps-agreement", "N", "spectral radius", "largest difference");
        using var folder = new TemporaryFolder();
        double largest = sweeps.Max(sweep => Measure(sweep, effort, folder, times, agreement));

        report.Say("""
            The same numbers? The largest difference between the tables of rnnsweep and numpy in log10_spectral_norm, log10_gradient_norm and omega, relative where the
            value is above 1. Above a radius of 1 a network may be chaotic, which amplifies rounding without bound over long sequences: there the two agree in their
            statistics alone.
            """);
        report.Add(agreement);
        if (largest > TableComparison.Tolerance)
        {
            throw new InvalidOperationException($"at radius 0.9 rnnsweep and numpy differ by {largest:G3}, beyond {TableComparison.Tolerance:G1}");
        }

        report.Say($"At radius 0.9, where nothing is chaotic, they agree to {largest:G2}; asked is {TableComparison.Tolerance:G1}, ten times the rounding of 1000 products at N = 512.");
        TorchComparison.Run(report, effort);
        return report;
    }

    /// <returns>The largest difference at the smallest radius.</returns>
    private static double Measure(GridSweep sweep, Effort effort, TemporaryFolder folder, Table times, Table agreement)
    {
        string ours = "", cells = "", shared = "";
        Timing[] timings = SideBySide.Rounds(
            [
                new("rnnsweep", () => sweep.RunInRnnSweep(ours = folder.Fresh())),
                new("numpy", () => sweep.RunInNumpy(cells = folder.Fresh(), sharesLengths: false)),
                new("numpy, shared", () => sweep.RunInNumpy(shared = folder.Fresh(), sharesLengths: true)),
            ],
            effort.Choose(2, 1));
        Timing mine = timings[0];
        times.Add(
            sweep.HiddenSize, sweep.Replicates, mine.Minimum, timings[1].Minimum, timings[2].Minimum,
            timings[1].Over(mine), timings[1].MedianOver(mine), timings[2].Over(mine), timings[2].MedianOver(mine));

        SortedDictionary<double, double> differences = TableComparison.Differences(Path.Combine(ours, "replicates.csv"), cells);
        foreach ((double radius, double difference) in differences)
        {
            agreement.Add(sweep.HiddenSize, radius, difference);
        }

        double ofShared = TableComparison.Differences(Path.Combine(ours, "replicates.csv"), shared).First().Value;
        return Math.Max(differences.First().Value, ofShared);
    }
}
