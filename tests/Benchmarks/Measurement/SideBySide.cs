using System.Diagnostics;

namespace RnnSweep.Benchmarks.Measurement;

/// <summary>
/// Times contenders in rounds. Each round runs every contender once and starts with the next one, so that other load on the machine
/// affects all of them equally.
/// </summary>
internal static class SideBySide
{
    /// <summary>Times short operations: each is warmed up, and repeated within a sample until the sample is long enough.</summary>
    /// <returns>A timing for each contender, in their order.</returns>
    public static Timing[] Samples(IReadOnlyList<Contender> contenders, Effort effort)
    {
        int[] counts = [.. contenders.Select(contender => CountFor(contender.Run, effort))];
        return Rounds([.. contenders.Select((contender, i) => contender with { Run = Repeated(contender.Run, counts[i]) })], effort.Rounds, counts);
    }

    /// <summary>Times operations that are long enough to be run once per round.</summary>
    public static Timing[] Rounds(IReadOnlyList<Contender> contenders, int rounds) => Rounds(contenders, rounds, [.. contenders.Select(_ => 1)]);

    private static Timing[] Rounds(IReadOnlyList<Contender> contenders, int rounds, int[] counts)
    {
        var seconds = contenders.Select(_ => new double[rounds]).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int k = 0; k < contenders.Count; k++)
            {
                int i = (round + k) % contenders.Count;
                long start = Stopwatch.GetTimestamp();
                contenders[i].Run();
                seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds / counts[i];
            }
        }

        return [.. seconds.Select(values => new Timing(values))];
    }

    private static int CountFor(Action run, Effort effort)
    {
        int runs = 0;
        long start = Stopwatch.GetTimestamp();
        double elapsed;
        do
        {
            run();
            runs++;
            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        while (elapsed < effort.WarmUpSeconds);

        // Only the last tenth, because the first runs used code that was not yet optimised.
        int last = Math.Max(1, runs / 10);
        start = Stopwatch.GetTimestamp();
        Repeated(run, last)();
        return Math.Max(1, (int)(effort.SampleSeconds * last / Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    private static Action Repeated(Action run, int count) => () =>
    {
        for (int i = 0; i < count; i++)
        {
            run();
        }
    };
}
