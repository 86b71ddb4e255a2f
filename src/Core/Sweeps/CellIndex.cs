using System.Buffers.Binary;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>Finds the cells of a plan by their keys. It takes sixteen bytes per cell, because sweeps have millions of cells.</summary>
public sealed class CellIndex
{
    private readonly SweepPlan _plan;
    private readonly ulong[] _prefixes;
    private readonly long[] _cells;

    /// <summary>Hashes every cell of a plan.</summary>
    public CellIndex(SweepPlan plan)
    {
        _plan = plan;
        _prefixes = new ulong[plan.CellCount];
        _cells = new long[plan.CellCount];
        for (long cell = 0; cell < plan.CellCount; cell++)
        {
            (_prefixes[cell], _cells[cell]) = (Prefix(plan.Planned(cell).Key), cell);
        }

        Array.Sort(_prefixes, _cells);
    }

    /// <summary>
    /// The cell of a key. Of several that differ only in fields that do not affect a reading, the one with the most replicates. Null where the plan
    /// has none.
    /// </summary>
    public PlannedReading? Find(CellKey key)
    {
        ulong prefix = Prefix(key);
        int found = Array.BinarySearch(_prefixes, prefix);
        while (found > 0 && _prefixes[found - 1] == prefix)
        {
            found--;
        }

        PlannedReading? most = null;
        for (; found >= 0 && found < _prefixes.Length && _prefixes[found] == prefix; found++)
        {
            PlannedReading cell = _plan.Planned(_cells[found]);
            if (cell.Key == key && (most is null || cell.Spec.Replicates > most.Value.Spec.Replicates))
            {
                most = cell;
            }
        }

        return most;
    }

    private static ulong Prefix(CellKey key)
    {
        Span<byte> bytes = stackalloc byte[CellKey.Size];
        key.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
