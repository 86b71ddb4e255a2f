using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Leading;

/// <summary>Leading Lyapunov exponents of whole sweeps, against a loop in numpy with QR and torch's automatic differentiation in forward mode.</summary>
internal sealed class LeadingPart : IPart
{
    /// <summary>
    /// The trajectories have the same bits up to rounding, and at radius 0.9 converge. Every R_ii has a relative error of some hundred ulp, and so has λ_i, whose mean over T
    /// steps is of the order of 0.1.
    /// </summary>
    private const double Tolerance = 1e-12;

    private const string Smallest = "0.9", Radii = Smallest + ",1.5";

    public string Name => "leading";

    public string Question => "the k leading Lyapunov exponents, against numpy with QR and torch's jvp";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            Spectral radii 0.9 and 1.5 in expectation, two replicates; tanh, pre-activation, gaussian weights. Seconds are those of whole processes, start-up and tables included,
            of the quickest round; two workers each. `numpy`: peers/numpy_leading.py, a QR factorisation every step, and every eighth (`numpy, 8`). `torch`: peers/torch_leading.py, `vmap` over
            the tangents of `jvp`, a factorisation every step. rnnsweep chooses the steps between two factorisations by a bound of the rounding error, and has one at each step of history.csv.
            """);
        if (Python.Path is not { } python)
        {
            report.Say("python3 with numpy and scipy is missing (Debian: python3-numpy, python3-scipy), so nothing is compared.");
            return report;
        }

        List<(string Name, string[] Program, string[] Options)> peers =
        [
            ("numpy", [SourceTree.Peer("numpy_leading.py")], []),
            ("numpy, 8", [SourceTree.Peer("numpy_leading.py")], ["--every", "8"]),
        ];
        if (Python.HasTorch)
        {
            peers.Add(("torch", [SourceTree.Peer("torch_leading.py")], []));
        }
        else
        {
            report.Say("torch is missing (Debian: python3-torch), so automatic differentiation is not compared.");
        }

        Table table = report.Add(new Table(
            "leading",
            ["N", "k", "T", "rnnsweep s", .. peers.SelectMany(peer => (string[])[$"{peer.Name} s", $"over {peer.Name}", $"median over {peer.Name}"]), "difference at 0.9"]));
        using var folder = new TemporaryFolder();
        (int N, int K, int T)[] shapes = effort.Choose<(int, int, int)[]>([(256, 16, 8000), (1000, 100, 400), (1000, 8, 1000)], [(32, 4, 20)]);
        foreach ((int n, int k, int steps) in shapes)
        {
            string ours = "";
            string[] tables = [.. peers.Select(_ => folder.Fresh())];
            Timing[] timings = SideBySide.Rounds(
                [
                    new("rnnsweep", () => RnnSweepProgram.Run(
                        ours = folder.Fresh(),
                        ["statistics=leading", $"leading={k}", $"hidden_size={n}", "scaling=expected", $"spectral_radius={Radii}", $"sequence_length={steps}", "replicates=2"])),
                    .. peers.Select((peer, i) => new Contender(peer.Name, () => ProcessOutput.OfSuccess(
                        python,
                        [
                            .. peer.Program, tables[i], "--hidden-size", $"{n}", "--leading", $"{k}", "--radii", Radii, "--length", $"{steps}", "--replicates", "2", .. peer.Options,
                        ]))),
                ],
                effort.Choose(2, 1));
            double difference = tables.Max(file => Difference(Path.Combine(ours, "leading.csv"), file));
            table.Add(
            [
                n, k, steps, timings[0].Minimum,
                .. timings.Skip(1).SelectMany(timing => (object?[])[timing.Minimum, timing.Over(timings[0]), timing.MedianOver(timings[0])]),
                difference,
            ]);
            if (!(difference <= Tolerance))
            {
                throw new InvalidOperationException($"at N = {n}, k = {k} and radius {Smallest}, exponents of rnnsweep and a peer differ by {difference:G3}, beyond {Tolerance:G1}");
            }
        }

        report.Say("Ratios above 1: rnnsweep is faster; of the quickest rounds, and the median over rounds. The last column is the largest difference of an exponent from any peer's.");
        return report;
    }

    // The largest difference of an exponent at the smallest radius, where nothing is chaotic.
    private static double Difference(string ours, string theirs)
    {
        Dictionary<string, double> mine = Rows(ours), others = Rows(theirs);
        return mine.Keys.ToHashSet().SetEquals(others.Keys)
            ? mine.Max(row => double.IsFinite(row.Value - others[row.Key]) ? Math.Abs(row.Value - others[row.Key]) : double.PositiveInfinity)
            : throw new InvalidOperationException($"{ours} and {theirs} have different rows: {mine.Count} and {others.Count}");
    }

    private static Dictionary<string, double> Rows(string file)
    {
        string[][] lines = [.. File.ReadLines(file).Select(line => line.Split(','))];
        int radius = Column("spectral_radius"), replicate = Column("replicate"), index = Column("index"), exponent = Column("lyapunov");
        return lines.Skip(1).Where(row => row[radius] == Smallest).ToDictionary(row => $"{row[replicate]} {row[index]}", row => double.Parse(row[exponent]));

        int Column(string name) => Array.IndexOf(lines[0], name);
    }
}
