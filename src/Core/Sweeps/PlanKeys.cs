using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The cells of a plan with their keys. Those of a trajectory are made together, for their texts begin alike; of a plan that is not too large they are kept, so
/// that a cell is hashed once however many ask for it: the ledger, experiments, tables, a report. Safe from several threads.
/// </summary>
internal sealed class PlanKeys
{
    // Of more cells the keys, of 32 bytes, are made whenever they are asked for.
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

    // Threads that come at once make the same keys; which of them stays is all the same.
    private CellKey[] Keys(long trajectory, CellSpec[] specs)
    {
        CellKey[] keys = CellKey.Along(specs[0], Array.ConvertAll(specs, spec => spec.SequenceLength));
        _ = _kept?[trajectory] = keys;
        return keys;
    }
}
