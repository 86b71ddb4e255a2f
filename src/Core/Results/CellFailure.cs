using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>A cell that could not be computed. It is tried again by the next run.</summary>
/// <param name="Key">The cell's key.</param>
/// <param name="Reason">One line: what went wrong.</param>
public sealed record CellFailure(CellKey Key, string Reason);
