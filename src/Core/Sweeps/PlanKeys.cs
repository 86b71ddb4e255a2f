using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The cells of a plan with their keys. The keys of a trajectory are computed together, because their texts begin alike. In a plan that is not too
/// large they are cached, so that each cell is hashed once for all its users. Thread-safe.
/// </summary>
internal sealed class PlanKeys
{
    // Plans with more cells compute their keys, of 32 bytes, on each request.
    private const long MostKept = 1 << 18;

    private readonly SweepPlan _plan;
    private readonly CellKey[]?[]? _kept;

    public PlanKeys(SweepPlan plan) => (_plan, _kept) = (plan, plan.CellCount <= MostKept ? new CellKey[plan.TrajectoryCount][] : null);

    /// <summary>A cell by its index.</summary>
    public PlannedReading Of(long index)
    {
        CellSpec spec = _plan.Cell(index);
        if (_kept is null)
        {
            return PlannedReading.Of(spec);
        }

        (long trajectory, int rank) = _plan.Locate(index);
        return new PlannedReading(spec, (_kept[trajectory] ?? Keys(trajectory, Specs(trajectory)))[rank]);
    }

    /// <summary>The cells of a trajectory, by ascending sequence length.</summary>
    public ImmutableArray<PlannedReading> Along(long trajectory)
    {
        CellSpec[] specs = Specs(trajectory);
        CellKey[] keys = _kept?[trajectory] ?? Keys(trajectory, specs);
        return [.. specs.Select((spec, rank) => new PlannedReading(spec, keys[rank]))];
    }

    private CellSpec[] Specs(long trajectory)
    {
        var specs = new CellSpec[_plan.SequenceLengthCount];
        for (int rank = 0; rank < specs.Length; rank++)
        {
            specs[rank] = _plan.Cell(_plan.CellIndex(trajectory, rank));
        }

        return specs;
    }

    // Concurrent threads compute equal keys, so either array may be cached.
    private CellKey[] Keys(long trajectory, CellSpec[] specs)
    {
        CellKey[] keys = CellKey.Along(specs[0], Array.ConvertAll(specs, spec => spec.SequenceLength));
        _ = _kept?[trajectory] = keys;
        return keys;
    }
}
