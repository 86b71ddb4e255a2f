using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>
/// One sweep on a cluster; its key is the sweep's id. It holds the ledger: who runs what, and what is done. It is rebuilt from the store and the registry wherever it is
/// activated. Every call is short: a caller outside the cluster is not told when a silo dies, and asks again.
/// </summary>
[Alias("rnnsweep.sweep")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Enters the sweep, or opens it again where it was cancelled or cells had failed. Submitting twice does no harm.</summary>
    /// <returns>Why it is refused; null where it is not.</returns>
    [Alias("Submit")]
    Task<string?> Submit(SweepSubmission submission);

    /// <summary>Experiments to run; null when none is to be had at the moment.</summary>
    /// <param name="silo">Who asks.</param>
    [Alias("Take")]
    Task<ExperimentLease?> Take(SiloAddress silo);

    /// <summary>Takes reports of experiments whose readings are stored. Reporting twice does no harm.</summary>
    [Alias("Settle")]
    Task Settle(ImmutableArray<ExperimentReport> reports);

    /// <summary>Holds on leases: from them, an activation that did not hand them out learns what is being run.</summary>
    /// <returns>Those that are over, or were lost: they are not to be worked on.</returns>
    [Alias("Renew")]
    Task<ImmutableArray<long>> Renew(SiloAddress silo, ImmutableArray<HeldLease> leases);

    /// <summary>Gives the open experiments of leases back, in good order.</summary>
    [Alias("GiveBack")]
    Task GiveBack(ImmutableArray<long> leases);

    /// <summary>Hands out no more leases; those that are out are stopped when they are next renewed. What is done is kept.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Where the cells stand; null where the sweep was never submitted.</summary>
    [Alias("Progress")]
    Task<SweepProgress?> Progress();
}
