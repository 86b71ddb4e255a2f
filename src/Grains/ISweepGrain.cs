using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>
/// One sweep on a cluster; its key is the sweep's id. It holds the ledger, which records the leases and the finished experiments. An activation rebuilds
/// the ledger from the store and the registry. Calls are short: a caller outside the cluster is not notified when a silo dies, so it must time out and retry.
/// </summary>
[Alias("rnnsweep.sweep")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Enters the sweep, or reopens it when it was cancelled or has finished with failed cells. Idempotent.</summary>
    /// <returns>The reason why the submission is refused; null when it is accepted.</returns>
    [Alias("Submit")]
    Task<string?> Submit(SweepSubmission submission);

    /// <summary>Leases experiments to a silo; null when none is available at the moment.</summary>
    /// <param name="silo">The silo that will run them.</param>
    [Alias("Take")]
    Task<ExperimentLease?> Take(SiloAddress silo);

    /// <summary>Records reports of experiments whose readings are stored. Idempotent.</summary>
    [Alias("Settle")]
    Task Settle(ImmutableArray<ExperimentReport> reports);

    /// <summary>Renews leases. A new activation learns from these calls which experiments are running.</summary>
    /// <returns>The ids of the leases that have ended or were lost; their holder must stop them.</returns>
    [Alias("Renew")]
    Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases);

    /// <summary>Returns the unsettled experiments of leases, so that they can be leased again.</summary>
    [Alias("GiveBack")]
    Task GiveBack(ImmutableArray<long> leases);

    /// <summary>Grants no more leases; current leases are stopped at their next renewal. Stored readings are kept.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Grants no more leases until the sweep is resumed or submitted; current leases finish. Without effect unless the sweep is active.</summary>
    [Alias("Pause")]
    Task Pause();

    /// <summary>Grants leases of a paused sweep again. Without effect unless the sweep is paused.</summary>
    [Alias("Unpause")]
    Task Unpause();

    /// <summary>The number of cells in each state; null when the sweep was never submitted.</summary>
    [Alias("Progress")]
    Task<SweepProgress?> Progress();
}
