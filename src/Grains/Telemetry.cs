using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RnnSweep.Grains;

/// <summary>What a silo tells of itself to whoever listens: the meter and the traces are both called RnnSweep.</summary>
internal static class Telemetry
{
    public const string Name = "RnnSweep";

    private static readonly Meter s_meter = new(Name);

    /// <summary>
    /// In a client <c>submit</c>, <c>attach</c>, <c>run</c> and <c>cancel</c>; in a silo <c>lease</c> with its <c>cell</c>s, <c>store</c> and <c>recall</c>. From one
    /// process to the other they hang together by Orleans' own source, Microsoft.Orleans.Application: a trace across both needs a listener to both.
    /// </summary>
    public static ActivitySource Traces { get; } = new(Name);

    public static Counter<long> CellsDone { get; } = s_meter.CreateCounter<long>("rnnsweep.cells.done", "{cell}", "Cells computed and stored");

    public static Counter<long> CellsFailed { get; } = s_meter.CreateCounter<long>("rnnsweep.cells.failed", "{cell}", "Cells given up");

    public static Counter<long> Leases { get; } = s_meter.CreateCounter<long>("rnnsweep.leases", "{lease}", "Leases handed out by sweeps on this silo");

    public static UpDownCounter<long> LeasesHeld { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.leases.held", "{lease}", "Leases that this silo works on");

    public static UpDownCounter<long> Queue { get; } =
        s_meter.CreateUpDownCounter<long>("rnnsweep.results.queued", "{cell}", "Results computed and not stored yet");

    public static UpDownCounter<long> BusyThreads { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.threads.busy", "{thread}", "Threads that compute a cell");

    public static Histogram<double> CellDuration { get; } = s_meter.CreateHistogram<double>("rnnsweep.cell.duration", "s", "How long a cell took");
}
