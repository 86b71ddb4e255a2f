using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Which shard computes which trajectory. All sequence lengths of a trajectory stay together, and the shards are balanced by estimated
/// work: the trajectories are dealt out largest first, each to the shard that has the least so far (Graham 1969: no shard gets more than
/// total/n and the largest trajectory). A function of the plan and the number of shards alone, so shards need not know of each other.
/// </summary>
public sealed class Shards
{
    // The shard of each trajectory, from 0: four bytes a trajectory stay, twelve more are needed to sort them.
    private readonly int[] _shardOf;

    /// <summary>Cuts a whole plan into shards; those beyond the number of trajectories are empty.</summary>
    public Shards(SweepPlan plan, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        _shardOf = new int[plan.TrajectoryCount];
        double[] work = Work(plan);
        int[] largestFirst = [.. Enumerable.Range(0, work.Length)];
        Array.Sort(largestFirst, (a, b) => work[b].CompareTo(work[a]) is var order and not 0 ? order : a.CompareTo(b));
        IEnumerable<int> filled = Enumerable.Range(0, Math.Min(count, work.Length));
        var loads = new PriorityQueue<int, (double Work, int Shard)>(filled.Select(shard => (shard, (0.0, shard))));
        foreach (int trajectory in largestFirst)
        {
            loads.TryPeek(out int shard, out (double Work, int Shard) load);
            _shardOf[trajectory] = shard;
            loads.DequeueEnqueue(shard, (load.Work + work[trajectory], shard));
        }
    }

    /// <summary>Number of shards, the empty ones among them.</summary>
    public int Count { get; }

    /// <summary>The shard that computes a trajectory of the plan.</summary>
    public Shard Of(long trajectory) => new(_shardOf[trajectory] + 1, Count);

    /// <summary>The trajectories of a shard, ascending.</summary>
    public IEnumerable<int> Trajectories(Shard shard)
    {
        for (int trajectory = 0; trajectory < _shardOf.Length; trajectory++)
        {
            if (_shardOf[trajectory] == shard.Number - 1)
            {
                yield return trajectory;
            }
        }
    }

    // Operations of every trajectory. They depend on a few fields only, so trajectories that agree in those are estimated once.
    private static double[] Work(SweepPlan plan)
    {
        // A trajectory's index is in mixed radix over all axes but that of the lengths.
        var counted = new List<(long Stride, long Count)>();
        long stride = 1;
        foreach (Axis axis in plan.Axes.Reverse().Where(axis => axis.Field != SweepFields.SequenceLength))
        {
            if (WorkEstimate.Fields.Contains(axis.Field.Name))
            {
                counted.Add((stride, axis.Count));
            }

            stride *= axis.Count;
        }

        var estimates = new Dictionary<long, double>();
        double[] work = new double[plan.TrajectoryCount];
        for (long trajectory = 0; trajectory < work.Length; trajectory++)
        {
            long like = 0;
            foreach ((long step, long count) in counted)
            {
                like += trajectory / step % count * step;
            }

            if (!estimates.TryGetValue(like, out work[trajectory]))
            {
                CellSpec longest = plan.Cell(plan.CellIndex(like, plan.SequenceLengthCount - 1));
                estimates[like] = work[trajectory] = WorkEstimate.Operations(longest);
            }
        }

        return work;
    }
}
