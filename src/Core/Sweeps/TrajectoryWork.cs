namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Operations of a plan's trajectories (<see cref="WorkEstimate"/>), each run to its longest sequence. They depend on only a few fields, so
/// trajectories that agree in these are estimated once. Thread-safe.
/// </summary>
internal sealed class TrajectoryWork
{
    private readonly SweepPlan _plan;
    private readonly List<(long Stride, long Count)> _counted = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<long, double> _estimates = new();

    public TrajectoryWork(SweepPlan plan)
    {
        _plan = plan;

        // A trajectory's index is in mixed radix over all axes except that of the lengths.
        long stride = 1;
        foreach (Axis axis in plan.Axes.Reverse().Where(axis => axis.Field != SweepFields.SequenceLength))
        {
            if (axis.Field.Affects(FieldEffects.Cost))
            {
                _counted.Add((stride, axis.Count));
            }

            stride *= axis.Count;
        }
    }

    /// <summary>Whether all trajectories have the same estimate.</summary>
    public bool IsUniform => _counted.Count == 0;

    /// <summary>The operations of a trajectory.</summary>
    public double Of(long trajectory)
    {
        long index = _plan.WholeTrajectory(trajectory), like = 0;
        foreach ((long step, long count) in _counted)
        {
            like += index / step % count * step;
        }

        return _estimates.GetOrAdd(like, static (same, plan) => WorkEstimate.Operations(plan.Cell(plan.CellIndex(same, plan.SequenceLengthCount - 1))), _plan.Whole);
    }
}
