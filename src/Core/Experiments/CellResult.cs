using System.Collections.Immutable;

namespace RnnSweep.Core.Experiments;

/// <summary>Readings of one cell, in the order of their replicates.</summary>
/// <param name="Spec">The cell.</param>
/// <param name="Key">The cell's key.</param>
/// <param name="Replicates">The available readings; some replicates may be missing.</param>
public sealed record CellResult(CellSpec Spec, CellKey Key, ImmutableArray<Reading> Replicates)
{
    /// <summary>Whether there is a reading of every replicate that the cell asks for.</summary>
    public bool IsComplete => Replicates.Length == Spec.Replicates;

    /// <summary>Keeps the readings of the replicates that the cell asks for and sets their outcomes by the cell's threshold.</summary>
    public static CellResult Of(CellSpec spec, CellKey key, IEnumerable<Reading> readings) => new(
        spec,
        key,
        [.. readings.Where(reading => reading.Replicate < spec.Replicates).Select(reading => reading with { Outcome = Outcomes.Of(reading.Log10SpectralNorm, spec.Threshold) })]);
}
