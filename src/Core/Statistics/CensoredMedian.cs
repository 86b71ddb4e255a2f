namespace RnnSweep.Core.Statistics;

/// <summary>The time of an event over a sample in which it may not have occurred by the end. All members are observed equally long.</summary>
/// <param name="Median">
/// The median of Kaplan and Meier (1958): the first time by which the event has occurred in at least half of the sample. NaN where that is not reached, and
/// of an empty sample.
/// </param>
/// <param name="FractionCensored">The fraction without the event; NaN of an empty sample.</param>
public readonly record struct CensoredMedian(double Median, double FractionCensored)
{
    /// <summary>The result of an empty sample.</summary>
    public static CensoredMedian Unknown { get; } = new(double.NaN, double.NaN);

    /// <summary>The median of a sample.</summary>
    /// <param name="times">The time of each event; null where it has not occurred by the end, which is later than all times.</param>
    public static CensoredMedian Of(IReadOnlyCollection<int?> times)
    {
        if (times.Count == 0)
        {
            return Unknown;
        }

        // All members are censored at the same end, so the estimated survival after k of n events is 1 − k/n.
        int[] events = [.. times.OfType<int>().Order()];
        int half = (times.Count + 1) / 2;
        return new CensoredMedian(events.Length >= half ? events[half - 1] : double.NaN, (times.Count - events.Length) / (double)times.Count);
    }
}
