using System.Runtime.InteropServices;
using RnnSweep.Benchmarks.Measurement;

namespace RnnSweep.Benchmarks.Engines;

/// <summary>Processor time, user and system, of finished child processes, by name.</summary>
internal sealed class ProcessorTimes
{
    private const int Children = -1;

    private readonly Dictionary<string, List<double>> _seconds = [];

    /// <summary>Runs code that starts child processes and waits for them, and records their processor time.</summary>
    public void Measure(string name, Action run)
    {
        double before = OfChildren();
        run();
        (_seconds.TryGetValue(name, out List<double>? seconds) ? seconds : _seconds[name] = []).Add(OfChildren() - before);
    }

    /// <summary>The times recorded under a name, in order.</summary>
    public Timing Of(string name) => new([.. _seconds[name]]);

    private static double OfChildren()
    {
        Span<long> usage = stackalloc long[18]; // struct rusage of Linux: user and system time (seconds, microseconds), and 14 more numbers
        return GetUsage(Children, ref MemoryMarshal.GetReference(usage)) == 0 ? usage[0] + usage[2] + (1e-6 * (usage[1] + usage[3])) : double.NaN;
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetUsage(int who, ref long usage);
}
