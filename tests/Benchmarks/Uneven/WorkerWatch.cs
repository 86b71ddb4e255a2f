using System.Diagnostics;

namespace RnnSweep.Benchmarks.Uneven;

/// <summary>Observes the worker threads of a running rnnsweep by their clocks in /proc (Linux), and its memory by the system's peak value.</summary>
internal sealed class WorkerWatch
{
    private readonly Dictionary<string, Clock> _workers = [];

    /// <summary>Largest resident size, in bytes.</summary>
    public long PeakMemory { get; private set; }

    /// <summary>Seconds from the start of the workers to the end of the first of them, when another runs the last lease.</summary>
    public double Together { get; private set; }

    /// <summary>Seconds from that time to the end of the last worker.</summary>
    public double Tail { get; private set; }

    /// <summary>The share of <see cref="Together"/> in which the workers ran.</summary>
    public double Busy { get; private set; }

    /// <summary>The share in which they ran or waited for a core that another process used.</summary>
    public double BusyOrReady { get; private set; }

    /// <summary>Number of workers seen.</summary>
    public int Workers => _workers.Count;

    /// <summary>Samples at intervals until the process has ended.</summary>
    public void Watch(Process process)
    {
        while (!process.HasExited)
        {
            Look($"/proc/{process.Id}");
            Thread.Sleep(20); // often enough for a run of seconds, and little load for the two measured cores
        }

        Conclude();
    }

    private void Look(string folder)
    {
        try
        {
            if (File.ReadLines($"{folder}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line)
            {
                PeakMemory = Math.Max(PeakMemory, 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
            }

            foreach (string task in Directory.EnumerateDirectories($"{folder}/task"))
            {
                if (_workers.ContainsKey(task) || File.ReadAllText($"{task}/comm").StartsWith("experiments ", StringComparison.Ordinal))
                {
                    Note(task);
                }
            }
        }
        catch (IOException)
        {
            // The process or one of its threads has just ended.
        }
    }

    // schedstat: nanoseconds on a core, and nanoseconds of waiting for one.
    private void Note(string task)
    {
        string[] fields = File.ReadAllText($"{task}/schedstat").Split(' ');
        var now = new Reading(Stopwatch.GetTimestamp(), long.Parse(fields[0]), long.Parse(fields[1]));
        if (!_workers.TryGetValue(task, out Clock? clock))
        {
            _workers[task] = clock = new Clock();
        }

        clock.Readings.Add(now);
    }

    private void Conclude()
    {
        if (_workers.Count == 0)
        {
            return;
        }

        long start = _workers.Values.Min(clock => clock.Readings[0].Time), firstEnd = _workers.Values.Min(clock => clock.Readings[^1].Time);
        Together = Stopwatch.GetElapsedTime(start, firstEnd).TotalSeconds;
        Tail = Stopwatch.GetElapsedTime(firstEnd, _workers.Values.Max(clock => clock.Readings[^1].Time)).TotalSeconds;
        Reading[] atFirstEnd = [.. _workers.Values.Select(clock => clock.Readings.Last(reading => reading.Time <= firstEnd || reading == clock.Readings[0]))];
        Busy = atFirstEnd.Sum(reading => reading.Running) / (1e9 * Together * _workers.Count);
        BusyOrReady = atFirstEnd.Sum(reading => reading.Running + reading.Waiting) / (1e9 * Together * _workers.Count);
    }

    private sealed record Reading(long Time, long Running, long Waiting);

    private sealed class Clock
    {
        public List<Reading> Readings { get; } = [];
    }
}
