using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The dependencies of a silo's grains and workers. They are one object, so that a silo can start before they are known.</summary>
/// <param name="Catalogue">The sweeps that the silo runs.</param>
/// <param name="Registry">The persistent state of sweeps; null in an embedded silo, whose run persists only its store.</param>
/// <param name="Options">How many experiments are run at a time, and what clients may submit.</param>
/// <param name="Reader">Reads submitted sweeps; null in an embedded silo.</param>
/// <param name="Ledger">The ledger of the only sweep of an embedded silo, which the run has made already; null in a cluster, where sweep grains make them.</param>
public sealed record SiloWork(ISweepCatalogue Catalogue, ISweepRegistry? Registry, WorkOptions Options, ISweepReader? Reader = null, SweepLedger? Ledger = null);

/// <summary>How a silo runs sweeps.</summary>
/// <param name="Parallelism">Number of experiments run at a time.</param>
/// <param name="WaitsForStore">Whether the silo retries while the store or the cluster is unreachable; else one or a few errors in a row end its work.</param>
/// <param name="Limits">What clients may submit.</param>
public sealed record WorkOptions(int Parallelism, bool WaitsForStore, SubmissionLimits Limits)
{
    /// <summary>The most cells of a sweep that a sweep grain compares with the store before it grants leases; it takes a few seconds.</summary>
    public long MostCellsAtStart { get; init; } = 1 << 18;

    /// <summary>A silo inside the process of its only client, which has checked the sweep itself.</summary>
    public static WorkOptions Embedded(int parallelism) =>
        new(parallelism, WaitsForStore: false, new SubmissionLimits(long.MaxValue, long.MaxValue, long.MaxValue));
}
