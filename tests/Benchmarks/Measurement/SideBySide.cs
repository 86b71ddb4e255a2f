using System.Diagnostics;

namespace RnnSweep.Benchmarks.Measurement;

/// <summary>
/// Times contenders in rounds: each round runs every contender once, and begins with the next one, so that what else goes on with the machine
/// meets all of them alike.
/// </summary>
internal static class SideBySide
{
    /// <summary>Times what takes less than a sample should: each is warmed up, and run as often in a sample as makes it long enough.</summary>
    /// <returns>A timing each, in the contenders' order.</returns>
    public static Timing[] Samples(IReadOnlyList<Contender> contenders, Effort effort)
    {
        int[] counts = [.. contenders.Select(contender => CountFor(contender.Run, effort))];
        return Rounds([.. contenders.Select((contender, i) => contender with { Run = Repeated(contender.Run, counts[i]) })], effort.Rounds, counts);
    }

    /// <summary>Times what takes long enough to be run once a round.</summary>
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

        // The last tenth of it alone, for the first runs were not compiled to the end.
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
