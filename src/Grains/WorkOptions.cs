namespace RnnSweep.Grains;

/// <summary>How a silo works on sweeps.</summary>
/// <param name="Parallelism">Number of cells computed at a time.</param>
/// <param name="WaitsForStore">Whether results are kept until a store that is out of reach comes back; else that ends the silo's work.</param>
/// <param name="Limits">What clients may submit.</param>
public sealed record WorkOptions(int Parallelism, bool WaitsForStore, SubmissionLimits Limits)
{
    /// <summary>A silo inside the process of its only client, which has checked the sweep itself.</summary>
    public static WorkOptions Embedded(int parallelism) =>
        new(parallelism, WaitsForStore: false, new SubmissionLimits(long.MaxValue, long.MaxValue, long.MaxValue));
}
