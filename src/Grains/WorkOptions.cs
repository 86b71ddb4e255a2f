namespace RnnSweep.Grains;

/// <summary>How a silo works on sweeps.</summary>
/// <param name="Parallelism">Number of experiments run at a time.</param>
/// <param name="WaitsForStore">Whether the silo waits for a store or a cluster that is out of reach until it is back; else such an error, or a few in a row, end its work.</param>
/// <param name="Limits">What clients may submit.</param>
public sealed record WorkOptions(int Parallelism, bool WaitsForStore, SubmissionLimits Limits)
{
    /// <summary>A silo inside the process of its only client, which has checked the sweep itself.</summary>
    public static WorkOptions Embedded(int parallelism) =>
        new(parallelism, WaitsForStore: false, new SubmissionLimits(long.MaxValue, long.MaxValue, long.MaxValue));
}
