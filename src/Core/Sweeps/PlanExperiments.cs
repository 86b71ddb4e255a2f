using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The experiments of a plan by index, each created on request. A trajectory's replicates are divided into experiments of some tenths of a second, so
/// that a single cell of a thousand replicates uses every core, and no core is idle for long at the end.
/// </summary>
/// <remarks>
/// Trajectories that differ only in their number of replicates or their threshold are the same runs. Only the one with the most replicates has experiments
/// (<see cref="SweepPlan.SharedTrajectory"/>); the cells of all of them are read from its readings.
/// </remarks>
public sealed class PlanExperiments
{
    // Operations of an experiment, about a tenth of a second on one core.
    private const double UsualWork = 5e8;

    // Experiments of small networks have a multiple of this many replicates.
    private const int Group = 8;

    private readonly SweepPlan _plan;
    private readonly TrajectoryWork _work;

    // Number of experiments before each trajectory, and in total; null where every trajectory has the same number.
    private readonly long[]? _first;
    private readonly int _each;

    internal PlanExperiments(SweepPlan plan)
    {
        (_plan, _work) = (plan, new TrajectoryWork(plan));
        if (plan.TrajectoryCount == 0 || (_work.IsUniform && !plan.SharesTrajectories))
        {
            _each = plan.TrajectoryCount == 0 ? 0 : Parts(0);
            Count = _each * plan.TrajectoryCount;
            return;
        }

        _first = new long[plan.TrajectoryCount + 1];
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            _first[trajectory + 1] = _first[trajectory] + (plan.SharedTrajectory(trajectory) == trajectory ? Parts(trajectory) : 0);
        }

        Count = _first[^1];
    }

    /// <summary>Number of experiments.</summary>
    public long Count { get; }

    /// <summary>The experiment at an index from 0.</summary>
    public Experiment this[long index]
    {
        get
        {
            (int first, int end) = Replicates(index);
            return new Experiment(index, first, end - first, _plan.Keys.Along(TrajectoryOf(index)), Work(index));
        }
    }

    /// <summary>The key of an experiment's longest cell.</summary>
    public CellKey LongestKey(long index) => _plan.Planned(_plan.CellIndex(TrajectoryOf(index), _plan.SequenceLengthCount - 1)).Key;

    /// <summary>The trajectory that an experiment runs.</summary>
    public long TrajectoryOf(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (_first is null)
        {
            return index / _each;
        }

        int found = Array.BinarySearch(_first, index);
        if (found < 0)
        {
            return ~found - 1;
        }

        while (_first[found + 1] == index)
        {
            found++; // skips trajectories without experiments, which come before the one that has them
        }

        return found;
    }

    /// <summary>The first experiment of a trajectory.</summary>
    public long FirstOf(long trajectory) => _first is null ? trajectory * _each : _first[trajectory];

    /// <summary>Number of experiments of a trajectory; 0 where it is read from another one's readings.</summary>
    public int CountOf(long trajectory) => _first is null ? _each : (int)(_first[trajectory + 1] - _first[trajectory]);

    /// <summary>Whether all experiments have similar work.</summary>
    internal bool AreAlike => _first is null;

    /// <summary>The operations of an experiment.</summary>
    public double Work(long index)
    {
        long trajectory = TrajectoryOf(index);
        if (CountOf(trajectory) == 1)
        {
            return _work.Of(trajectory);
        }

        (int first, int end) = Replicates(index);
        return _work.Of(trajectory) * (end - first) / Longest(trajectory).Replicates;
    }

    /// <summary>The replicates of an experiment: the first, and the one after the last.</summary>
    internal (int First, int End) Replicates(long index)
    {
        long trajectory = TrajectoryOf(index);
        int replicates = Longest(trajectory).Replicates, size = Size(replicates, CountOf(trajectory)), first = (int)(index - FirstOf(trajectory)) * size;
        return (first, Math.Min(first + size, replicates));
    }

    /// <summary>An experiment of one replicate of a cell, to compute that reading again.</summary>
    public static Experiment OfReplicate(CellSpec cell, int replicate) => Of(cell, replicate, 1);

    /// <summary>An experiment of all replicates of one cell.</summary>
    internal static Experiment Of(CellSpec cell) => Of(cell, 0, cell.Replicates);

    private static Experiment Of(CellSpec cell, int replicate, int count) =>
        new(0, replicate, count, [PlannedReading.Of(cell)], WorkEstimate.Operations(cell) * count / cell.Replicates);

    private CellSpec Longest(long trajectory) => _plan.Cell(_plan.CellIndex(trajectory, _plan.SequenceLengthCount - 1));

    private int Parts(long trajectory)
    {
        int replicates = Longest(trajectory).Replicates;
        double fit = Math.Clamp(Math.Floor(UsualWork * replicates / _work.Of(trajectory)), 1, replicates);
        int size = Size(replicates, (int)Math.Ceiling(replicates / fit));
        return (replicates + size - 1) / size;
    }

    // Experiments of about equal size, rounded up to whole groups where they exceed one group.
    private static int Size(int replicates, int parts)
    {
        int size = (replicates + parts - 1) / parts;
        return size <= Group ? size : (size + Group - 1) / Group * Group;
    }
}
