using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>Creates the ledger of a plan from a store.</summary>
public static class StoredLedger
{
    /// <summary>The ledger of a plan with the stored readings.</summary>
    /// <param name="plan">The cells.</param>
    /// <param name="store">The results.</param>
    /// <param name="withFailures">Whether stored failures count, so that what has failed is not tried again.</param>
    public static SweepLedger Of(SweepPlan plan, IResultStore store, bool withFailures)
    {
        var stored = store.Replicates().ToDictionary();
        ILookup<CellKey, ReadingFailure>? failures = withFailures ? store.Failures().ToLookup(failure => failure.Key) : null;
        return new SweepLedger(plan, key => stored.GetValueOrDefault(key), failures: failures is null ? null : key => failures[key]);
    }
}
