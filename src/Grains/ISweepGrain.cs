using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>
/// One sweep on a cluster; its key is the sweep's id. It wraps the ledger: who computes what, and what is done. It holds nothing that is not
/// in the catalogue and the result store, from which it is rebuilt wherever it is activated.
/// </summary>
[Alias("rnnsweep.sweep")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Cells to compute; null when none is open at the moment.</summary>
    /// <param name="silo">Who asks.</param>
    [Alias("Lease")]
    Task<CellLease?> Lease(string silo);

    /// <summary>Takes what became of cells, after it has been stored. Reporting twice does no harm.</summary>
    [Alias("Report")]
    Task Report(ImmutableArray<CellReport> reports);

    /// <summary>Holds a lease on. Whether it still held: a lease that was lost is not to be worked on.</summary>
    [Alias("Renew")]
    Task<bool> Renew(long lease);

    /// <summary>Gives the open cells of a lease back, in good order.</summary>
    [Alias("GiveBack")]
    Task GiveBack(long lease);

    /// <summary>Hands out no more leases; what is done is kept.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Where the cells stand.</summary>
    [Alias("Status")]
    Task<SweepStatus> Status();
}
