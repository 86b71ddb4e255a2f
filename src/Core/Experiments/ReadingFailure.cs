namespace RnnSweep.Core.Experiments;

/// <summary>A reading that could not be computed. The next run tries it again.</summary>
/// <param name="Key">The cell's key.</param>
/// <param name="Replicate">Index of the replicate, from 0.</param>
/// <param name="Reason">One line: what went wrong.</param>
public sealed record ReadingFailure(CellKey Key, int Replicate, string Reason);
