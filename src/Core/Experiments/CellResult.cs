using System.Collections.Immutable;

namespace RnnSweep.Core.Experiments;

/// <summary>The result of one cell: its replicates in the order of their indices.</summary>
/// <param name="Key">The cell's key.</param>
/// <param name="Replicates">One entry a replicate, index 0 first.</param>
public sealed record CellResult(CellKey Key, ImmutableArray<ReplicateResult> Replicates);
