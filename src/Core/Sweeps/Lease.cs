using System.Collections.Immutable;

namespace RnnSweep.Core.Sweeps;

/// <summary>Experiments handed to one holder, for a limited time.</summary>
/// <param name="Id">Identifies the lease; a ledger never uses it twice.</param>
/// <param name="Experiments">Their indices in <see cref="SweepPlan.Experiments"/>, to be run in this order.</param>
public sealed record Lease(long Id, ImmutableArray<long> Experiments);
