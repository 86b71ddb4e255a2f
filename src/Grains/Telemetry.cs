using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RnnSweep.Grains;

/// <summary>The metrics and traces of a silo and of a client. The meter and the activity source are both called RnnSweep.</summary>
internal static class Telemetry
{
    public const string Name = "RnnSweep";

    /// <summary>The meters of a process: this program's, Orleans' and the runtime's.</summary>
    public static ReadOnlySpan<string> Meters => new[] { Name, "Microsoft.Orleans", "System.Runtime" };

    /// <summary>The sources of traces: this program's, and Orleans' of calls of grains.</summary>
    public static ReadOnlySpan<string> Sources => new[] { Name, "Microsoft.Orleans.Application" };

    private static readonly Meter s_meter = new(Name);

    // From a millisecond to an hour, about three to a decade. OpenTelemetry's default boundaries are meant for milliseconds.
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600],
    };

    /// <summary>
    /// A client's activities are <c>submit</c>, <c>attach</c>, <c>run</c> and <c>cancel</c>; a silo's are <c>lease</c> with its <c>experiment</c>s,
    /// <c>store</c> and <c>recall</c>. Orleans' source Microsoft.Orleans.Application links them, so a trace across both needs listeners to both sources.
    /// </summary>
    public static ActivitySource Traces { get; } = new(Name);

    public static Counter<long> ReadingsDone { get; } = s_meter.CreateCounter<long>("rnnsweep.readings.done", "{reading}", "Readings computed and stored");

    public static Counter<long> ReadingsFailed { get; } = s_meter.CreateCounter<long>("rnnsweep.readings.failed", "{reading}", "Readings that could not be computed");

    public static Counter<long> Leases { get; } = s_meter.CreateCounter<long>("rnnsweep.leases", "{lease}", "Leases handed out by sweeps on this silo");

    public static UpDownCounter<long> LeasesHeld { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.leases.held", "{lease}", "Leases that this silo works on");

    public static UpDownCounter<long> Queue { get; } =
        s_meter.CreateUpDownCounter<long>("rnnsweep.results.queued", "{experiment}", "Experiments run and not stored yet");

    public static UpDownCounter<long> BusyThreads { get; } = s_meter.CreateUpDownCounter<long>("rnnsweep.threads.busy", "{thread}", "Threads that run an experiment");

    public static Histogram<double> ExperimentDuration { get; } = s_meter.CreateHistogram<double>("rnnsweep.experiment.duration", "s", "How long an experiment took", tags: null, s_seconds);

    /// <summary>
    /// Adds 0 to every counter. An exporter does not show an instrument before its first measurement, and a rate that is computed from two samples would lack
    /// the first increase.
    /// </summary>
    public static void ShowZeros()
    {
        ReadingsDone.Add(0);
        ReadingsFailed.Add(0);
        Leases.Add(0);
        LeasesHeld.Add(0);
        Queue.Add(0);
        BusyThreads.Add(0);
    }
}
