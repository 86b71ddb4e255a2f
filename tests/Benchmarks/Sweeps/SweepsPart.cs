using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>Whole sweeps, from the start of the process to the tables, against numpy, torch and C; one Jacobian against automatic differentiation.</summary>
internal sealed class SweepsPart : IPart
{
    public string Name => "sweeps";

    public string Question => "whole sweeps against numpy, torch and C, two workers each";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            Spectral radii 0.9, 1.1, 1.3, 1.5; sequence lengths 50, 200, 1000; tanh, pre-activation, gaussian weights. Seconds are those of whole processes, start-up
            and tables included, of the quickest round. `rnnsweep run --parallelism 2`, with the default engine, has a fresh folder each time. The peers have two processes with
            one BLAS thread each, and do all steps with all columns of the product:

            - `numpy`: peers/numpy_joblib.py, a job for each cell; `numpy, shared` runs each trajectory once and reads all lengths on the way, as rnnsweep and the peers below do.
            - `numpy batched`: peers/numpy_batched.py, all replicates of a block and all radii in one array, products by `np.matmul`.
            - `torch bmm`: peers/torch_batched.py, the same with `torch.bmm`.
            - `C lanes`: peers/lanes.c, two threads, a replicate in each lane of the vector registers. It is written for N = 16 alone, and is a bound for what lanes give there.
            """);
        using var folder = new TemporaryFolder();
        List<Peer> peers = Peer.Available(folder, report.Say);
        if (peers.Count == 0)
        {
            return report;
        }

        GridSweep[] sweeps = effort.Choose<GridSweep[]>(
            [new(16, 1024, [50, 200, 1000]), new(64, 128, [50, 200, 1000]), new(256, 8, [50, 200, 1000]), new(512, 2, [50, 200, 1000])],
            [new(16, 10, [5, 20, 100]), new(64, 2, [5, 20, 50])]);
        Table times = report.Add(new Table("sweeps", ["N", "replicates", "rnnsweep s", .. peers.Select(peer => $"{peer.Name} s")]));
        report.Say("""
            Ratios of the peers' times to that of rnnsweep, above 1 where rnnsweep is faster: of the quickest rounds, and the median over rounds. The best peer is the
            quickest of those in Python.
            """);
        Table ratios = report.Add(new Table(
            "sweeps-ratios", ["N", .. peers.SelectMany(peer => (string[])[$"over {peer.Name}", $"median over {peer.Name}"]), "best peer", "over best peer"]));
        var agreement = new Table("sweeps-agreement", ["N", "spectral radius", .. peers.Select(peer => peer.Name)]);
        double largest = sweeps.Where(sweep => peers.Any(peer => peer.Runs(sweep))).Max(sweep => Measure(sweep, peers, effort, folder, times, ratios, agreement));

        report.Say("""
            The same numbers? The largest difference between the tables of rnnsweep and each peer in log10_spectral_norm, log10_gradient_norm and omega, relative where the
            value is above 1. Above a radius of 1 a network may be chaotic, which amplifies rounding without bound over long sequences: there two programs agree in their
            statistics alone.
            """);
        report.Add(agreement);
        if (!(largest <= TableComparison.Tolerance))
        {
            throw new InvalidOperationException($"at radius 0.9 rnnsweep and a peer differ by {largest:G3}, beyond {TableComparison.Tolerance:G1}\n{agreement.Markdown()}");
        }

        report.Say($"At radius 0.9, where nothing is chaotic, all agree to {largest:G2}; asked is {TableComparison.Tolerance:G1}, ten times the rounding of 1000 products at N = 512.");
        TorchComparison.Run(report, effort);
        return report;
    }

    /// <returns>The largest difference of any peer at the smallest radius.</returns>
    private static double Measure(
        GridSweep sweep, List<Peer> peers, Effort effort, TemporaryFolder folder, Table times, Table ratios, Table agreement)
    {
        string ours = "";
        Peer[] running = [.. peers.Where(peer => peer.Runs(sweep))];
        string[] tables = [.. running.Select(_ => folder.Fresh())];
        Timing[] timings = SideBySide.Rounds(
            [
                new("rnnsweep", () => sweep.RunInRnnSweep(ours = folder.Fresh())),
                .. running.Select((peer, i) => new Contender(peer.Name, () => peer.Run(sweep, tables[i]))),
            ],
            effort.Choose(2, 1));
        Timing mine = timings[0];
        var theirs = running.Zip(timings.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second);
        times.Add([sweep.HiddenSize, sweep.Replicates, mine.Minimum, .. peers.Select(peer => (object?)theirs.GetValueOrDefault(peer)?.Minimum)]);
        Peer? best = running.Where(peer => peer.IsPython).MinBy(peer => theirs[peer].Minimum);
        ratios.Add(
        [
            sweep.HiddenSize,
            .. peers.SelectMany(peer => (object?[])[theirs.GetValueOrDefault(peer)?.Over(mine), theirs.GetValueOrDefault(peer)?.MedianOver(mine)]),
            best?.Name, best is null ? null : theirs[best].Over(mine),
        ]);

        var differences = running.Zip(tables).ToDictionary(
            pair => pair.First, pair => TableComparison.Differences(Path.Combine(ours, "replicates.csv"), pair.Second));
        foreach (double radius in differences.Values.First().Keys)
        {
            agreement.Add([sweep.HiddenSize, radius, .. peers.Select(peer => (object?)differences.GetValueOrDefault(peer)?[radius])]);
        }

        return differences.Values.Max(ofPeer => ofPeer.First().Value);
    }
}
