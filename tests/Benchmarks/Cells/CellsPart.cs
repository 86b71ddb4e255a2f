using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Cells;

/// <summary>The overhead beside the arithmetic, per cell and per start.</summary>
internal sealed class CellsPart : IPart
{
    public string Name => "cells";

    public string Question => "many small cells, and the start of the program";

    public Report Run(Effort effort)
    {
        var report = new Report();
        using var folder = new TemporaryFolder();
        ManyCells(report, effort, folder);
        Start(report, effort, folder);
        return report;
    }

    private static void ManyCells(Report report, Effort effort, TemporaryFolder folder)
    {
        int radii = effort.Choose(10_000, 100);
        double cells = 10.0 * radii;
        string[] settings = ["hidden_size=4", "sequence_length=1..10:1", $"spectral_radius=0.5..1.5/{radii}", "replicates=1"];
        report.Say("""
            Cells of N = 4 and T = 1 to 10 with one replicate, so that hardly anything is computed: `rnnsweep run --parallelism 2`, with either engine, as a whole process, from its
            start to results.db and the tables; and the same again over the finished folder, which computes nothing and writes the tables anew.
            """);
        string[] engines = ["silo", "threads"];
        string last = "";
        Timing[] runs = SideBySide.Rounds([.. engines.Select(engine => new Contender(engine, () => RnnSweepProgram.Run(last = folder.Fresh(), settings, engine: engine)))], effort.FewRounds);
        Timing[] again = SideBySide.Rounds([.. engines.Select(engine => new Contender(engine, () => RnnSweepProgram.Run(last, settings, engine: engine)))], effort.FewRounds);
        double bytes = new FileInfo(Path.Combine(last, "results.db")).Length / cells;
        Table table = report.Add(new Table("cells", "engine", "cells", "seconds", "median seconds", "cells a second", "seconds of a run again", "bytes of results.db a cell"));
        for (int i = 0; i < engines.Length; i++)
        {
            table.Add(engines[i], cells, runs[i].Minimum, runs[i].Median, cells / runs[i].Minimum, again[i].Minimum, bytes);
        }
    }

    private static void Start(Report report, Effort effort, TemporaryFolder folder)
    {
        report.Say("""
            Starts: `rnnsweep plan` of a sweep of 126 cells, and `rnnsweep --version`, beside a .NET program that prints one line, built the same way (framework-dependent).
            Whole processes, in turn.
            """);
        var contenders = new List<Contender>
        {
            new("rnnsweep plan", () => RnnSweepProgram.Plan(["spectral_radius=0.5..1.5:0.05", "sequence_length=10,20,50,100,200,500"])),
            new("rnnsweep --version", () => ProcessOutput.OfSuccess(SourceTree.Program, ["--version"])),
        };
        if (HelloWorld.Build(folder["hello"]) is { } hello)
        {
            contenders.Add(new("hello world", () => ProcessOutput.OfSuccess(hello, [])));
        }
        else
        {
            report.Say("The hello-world program could not be built (`dotnet build` of an empty project failed), so there is nothing to compare with.");
        }

        SideBySide.Rounds(contenders, 1); // loads files into the system's cache
        Timing[] timings = SideBySide.Rounds(contenders, effort.Choose(20, 2));
        Table table = report.Add(new Table("cells-start", "program", "ms", "median ms", "over hello world", "median over hello world"));
        Timing? floor = contenders.Count > 2 ? timings[2] : null;
        foreach ((Contender contender, Timing timing) in contenders.Zip(timings))
        {
            table.Add(
                contender.Name, timing.Minimum * 1e3, timing.Median * 1e3, floor is null ? null : timing.Over(floor), floor is null ? null : timing.MedianOver(floor));
        }
    }
}
