using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RnnSweep.Grains;

/// <summary>What a silo tells of itself to whoever listens: the meter and the traces are both called RnnSweep.</summary>
internal static class Telemetry
{
    public const string Name = "RnnSweep";

    private static readonly Meter s_meter = new(Name);

    /// <summary>
    /// In a client <c>submit</c>, <c>attach</c>, <c>run</c> and <c>cancel</c>; in a silo <c>lease</c> with its <c>experiment</c>s, <c>store</c> and <c>recall</c>. From one
    /// process to the other they hang together by Orleans' own source, Microsoft.Orleans.Application: a trace across both needs a listener to both.
    /// </summary>
    public static ActivitySource Traces { get; } = new(Name);

    public static Counter<long> ReadingsDone { get; } = s_meter.CreateCounter<long>("rnnsweep.readings.done", "{reading}", "Readings computed and stored");

    public static Counter<long> ReadingsFailed { get; } = s_meter.CreateCounter<long>("rnnsweep.readings.failed", "{reading}", "Readings that could not be computed");

    public static Counter<long> Leases { get; } = s_meter.CreateCounter<long>("rnnsweep.leases", "{lease}", "Leases handed out by sweeps on this silo");

    public static UpDownCounter<long> LeasesHeld { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.leases.held", "{lease}", "Leases that this silo works on");

    public static UpDownCounter<long> Queue { get; } =
        s_meter.CreateUpDownCounter<long>("rnnsweep.results.queued", "{experiment}", "Experiments run and not stored yet");

    public static UpDownCounter<long> BusyThreads { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.threads.busy", "{thread}", "Threads that run an experiment");

    public static Histogram<double> ExperimentDuration { get; } = s_meter.CreateHistogram<double>("rnnsweep.experiment.duration", "s", "How long an experiment took");
}
