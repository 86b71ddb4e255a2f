using System.Collections.Immutable;
using Orleans.Concurrency;

namespace RnnSweep.Grains;

/// <summary>
/// One sweep on a cluster; its key is the sweep's id. It wraps the ledger: who computes what, and what is done. It holds nothing that is not
/// in the journal and the result store, from which it is rebuilt wherever it is activated. Every call is short: a caller outside the cluster is not told when
/// a silo dies, and asks again.
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
    /// <param name="pump">Is told when the lease is withdrawn.</param>
    [Alias("Lease")]
    Task<ExperimentLease?> Lease(SiloAddress silo, ILeaseHolder pump);

    /// <summary>Takes reports of experiments whose readings are stored. Reporting twice does no harm.</summary>
    [Alias("Report")]
    Task Report(ImmutableArray<ExperimentReport> reports);

    /// <summary>Holds leases on. Those that are over, or were lost: they are not to be worked on.</summary>
    [Alias("Renew")]
    Task<ImmutableArray<long>> Renew(ImmutableArray<long> leases);

    /// <summary>Gives the open experiments of leases back, in good order.</summary>
    [Alias("GiveBack")]
    Task GiveBack(ImmutableArray<long> leases);

    /// <summary>Hands out no more leases and withdraws those that are out; what is done is kept.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Where the cells stand; null where the sweep was never submitted.</summary>
    [Alias("Status")]
    Task<SweepStatus?> Status();

    /// <summary>
    /// What becomes of the experiments, one after the other, until the sweep is finished or cancelled, or the grain's silo stops. A caller that goes on after the
    /// number that came last, on whichever silo, misses nothing and gets nothing twice.
    /// </summary>
    /// <param name="after">The number of the event that came last; 0 from the start.</param>
    [Alias("Watch")]
    IAsyncEnumerable<SweepEvent> Watch(long after);
}

/// <summary>Who holds leases: a pump, as the sweep knows it.</summary>
[Alias("rnnsweep.lease-holder")]
public interface ILeaseHolder : IGrainObserver
{
    /// <summary>Stops the work on a lease at once.</summary>
    [Alias("Withdraw"), OneWay]
    Task Withdraw(string sweep, long lease);
}
