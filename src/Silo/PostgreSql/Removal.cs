using RnnSweep.Core.Experiments;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>What to remove from a cluster's database.</summary>
/// <param name="AllSweeps">Ids of all sweeps when the request was made; nothing is removed if they have changed.</param>
/// <param name="Sweeps">Ids of the sweeps to remove.</param>
/// <param name="Cells">Keys of the cells whose readings are removed.</param>
public sealed record RemovalRequest(IReadOnlyCollection<string> AllSweeps, IReadOnlyCollection<string> Sweeps, IReadOnlyCollection<CellKey> Cells);

/// <summary>What was removed from a cluster's database, or would be.</summary>
/// <param name="Sweeps">Number of sweeps.</param>
/// <param name="Cells">Number of cells with readings.</param>
/// <param name="Readings">Number of readings.</param>
public sealed record Removal(long Sweeps, long Cells, long Readings);
