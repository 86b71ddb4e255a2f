using System.Text.Json;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Uneven;

/// <summary>Whether cells with very different costs keep both cores busy, within the memory that the plan estimates.</summary>
internal sealed class UnevenPart : IPart
{
    public string Name => "uneven";

    public string Question => "very uneven cells on two threads: are both cores busy, and is the memory what the plan said?";

    public Report Run(Effort effort)
    {
        var report = new Report();
        if (!File.Exists("/proc/self/schedstat"))
        {
            report.Say("There is no /proc/self/schedstat here (Linux has it), so threads and memory of another process cannot be watched.");
            return report;
        }

        string[] settings = effort.Choose<string[]>(
            ["hidden_size=16,64,128,256,384", "sequence_length=10,100,500,2000", "spectral_radius=0.9,1.1,1.3,1.5", "replicates=2"],
            ["hidden_size=16,64,128", "sequence_length=10,100,500", "spectral_radius=0.9,1.1,1.3,1.5", "replicates=2"]);
        report.Say($"""
            `rnnsweep run --parallelism 2`, with either engine, of {string.Join(", ", settings)}. *Together* is the time until the first of the two threads finds no lease any more,
            so that the other one has the last; *busy* is the share of it in which the two threads were on a core (target ≥ 95 %), *busy or ready* counts in the time in
            which they waited for a core that another process had; *tail* is what the last lease takes then. By the threads' own clocks (/proc/PID/task/*/schedstat).
            """);
        Table busy = report.Add(new Table("uneven", "engine", "round", "together s", "busy %", "busy or ready %", "tail s"));
        long peak = 0;
        using var folder = new TemporaryFolder();
        foreach ((int round, string engine) in from round in Enumerable.Range(1, effort.FewRounds) from engine in new[] { "silo", "threads" } select (round, engine))
        {
            WorkerWatch watch = Watch(folder, settings, engine);
            busy.Add(engine, round, watch.Together, 100 * watch.Busy, 100 * watch.BusyOrReady, watch.Tail);
            peak = Math.Max(peak, watch.PeakMemory);
        }

        report.Say("""
            Memory: the largest resident size of the process (VmHWM) against `bytes` of `rnnsweep plan --json --parallelism 2` (target: at most 20 % more), and for comparison the
            same of a sweep of one cell of N = 4, which is the program itself.
            """);
        Table memory = report.Add(new Table("uneven-memory", "sweep", "peak MB", "plan MB", "peak over plan"));
        AddMemory(memory, "uneven", peak, settings);
        string[] least = ["hidden_size=4", "sequence_length=10", "replicates=1"];
        AddMemory(memory, "one cell", Watch(folder, least).PeakMemory, least);
        return report;
    }

    private static WorkerWatch Watch(TemporaryFolder folder, string[] settings, string engine = "silo")
    {
        var watch = new WorkerWatch();
        RnnSweepProgram.Run(folder.Fresh(), settings, watch.Watch, engine);
        return watch;
    }

    private static void AddMemory(Table table, string name, long peak, string[] settings)
    {
        using JsonDocument plan = JsonDocument.Parse(RnnSweepProgram.Plan(settings, "--json", "--parallelism", "2"));
        double planned = plan.RootElement.GetProperty("bytes").GetDouble();
        table.Add(name, peak * 1e-6, planned * 1e-6, peak / planned);
    }
}
