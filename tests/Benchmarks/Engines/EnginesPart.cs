using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Engines;

/// <summary>What the default engine, an embedded Orleans silo, costs over threads of the same process.</summary>
internal sealed class EnginesPart : IPart
{
    private const string Radii = "spectral_radius=0.9,1.1,1.3,1.5", Lengths = "sequence_length=50,200,1000";

    public string Name => "engines";

    public string Question => "the default engine, an embedded Orleans silo, beside threads";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            `rnnsweep run --engine silo` (the default) and `--engine threads`, `--parallelism 2`, in turn, each into a fresh folder: whole processes, from the start to tables and
            report. Processor time is user and system time of the process. `over threads` is the difference of the medians; the ratio of the rounds' medians is beside it.
            The silo starts when a run has lasted twenty seconds, so shorter sweeps show what it costs not to need it.
            """);
        (string Name, string[] Settings)[] sweeps = effort.Choose<(string, string[])[]>(
            [
                ("nothing to compute: N = 8, 2 replicates", ["hidden_size=8", "replicates=2", Radii, Lengths]),
                ("N = 16, 1024 replicates", ["hidden_size=16", "replicates=1024", Radii, Lengths]),
                ("N = 64, 128 replicates", ["hidden_size=64", "replicates=128", Radii, Lengths]),
                ("N = 256, 8 replicates", ["hidden_size=256", "replicates=8", Radii, Lengths]),
                ("N = 256, 128 replicates", ["hidden_size=256", "replicates=128", Radii, Lengths]),
                ("eight lengths to 2000, N = 64, 16 replicates", ["hidden_size=64", "replicates=16", Radii, "sequence_length=10,20,50,100,200,500,1000,2000"]),
                ("uneven: N = 16 to 384, T = 10 to 2000", ["hidden_size=16,64,128,256,384", "sequence_length=10,100,500,2000", Radii, "replicates=2"]),
                ("10⁵ cells of N = 4, T ≤ 10", ["hidden_size=4", "sequence_length=1..10:1", "spectral_radius=0.5..1.5/10000", "replicates=1"]),
            ],
            [("N = 8", ["hidden_size=8", "replicates=2", "sequence_length=10,20"])]);
        Table table = report.Add(new Table(
            "engines", "sweep", "threads s", "silo s", "over threads s", "median silo over threads", "threads cpu s", "silo cpu s", "cpu over threads s", "median cpu silo over threads"));
        using var folder = new TemporaryFolder();
        foreach ((string name, string[] settings) in sweeps)
        {
            var processorTime = new ProcessorTimes();
            Timing[] wall = SideBySide.Rounds(
                [
                    new("threads", () => processorTime.Measure("threads", () => RnnSweepProgram.Run(folder.Fresh(), settings, engine: "threads"))),
                    new("silo", () => processorTime.Measure("silo", () => RnnSweepProgram.Run(folder.Fresh(), settings, engine: "silo"))),
                ],
                effort.FewRounds);
            (Timing threads, Timing silo) = (processorTime.Of("threads"), processorTime.Of("silo"));
            table.Add(
                name, wall[0].Median, wall[1].Median, wall[1].Median - wall[0].Median, wall[1].MedianOver(wall[0]),
                threads.Median, silo.Median, silo.Median - threads.Median, silo.MedianOver(threads));
        }

        return report;
    }
}
