using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>What the grains and the workers of a silo use: one object, so that a silo can start before its work is known.</summary>
/// <param name="Catalogue">The sweeps that the silo serves.</param>
/// <param name="Registry">What persists of them; null in an embedded silo, where nothing outlives the run but its store.</param>
/// <param name="Options">How many experiments are run at a time, and what clients may submit.</param>
/// <param name="Reader">Reads submitted sweeps; null in an embedded silo.</param>
/// <param name="Ledger">The ledger of the only sweep of an embedded silo, which the run has made already; null in a cluster, where sweep grains make them.</param>
public sealed record SiloWork(ISweepCatalogue Catalogue, ISweepRegistry? Registry, WorkOptions Options, ISweepReader? Reader = null, SweepLedger? Ledger = null);

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
