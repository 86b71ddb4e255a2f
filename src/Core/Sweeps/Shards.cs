namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Assigns trajectories to shards. All sequence lengths of a trajectory stay together. Shards are balanced by estimated work: each trajectory,
/// largest first, goes to the shard with the least work so far (Graham 1969: no shard gets more than total/n plus the largest trajectory). The result
/// depends only on the plan and the number of shards, so shards need no communication.
/// </summary>
public sealed class Shards
{
    // The shard of each trajectory, from 0. It takes four bytes per trajectory, plus twelve for sorting.
    private readonly int[] _shardOf;

    /// <summary>Divides a whole plan into shards. Shards beyond the number of trajectories are empty.</summary>
    public Shards(SweepPlan plan, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        _shardOf = new int[plan.TrajectoryCount];
        var estimate = new TrajectoryWork(plan);
        double[] work = [.. Enumerable.Range(0, _shardOf.Length).Select(trajectory => estimate.Of(trajectory))];

        // Trajectories that are read from the same runs stay together.
        int[] largestFirst = [.. Enumerable.Range(0, work.Length).Where(trajectory => plan.SharedTrajectory(trajectory) == trajectory)];
        Array.Sort(largestFirst, (a, b) => work[b].CompareTo(work[a]) is var order and not 0 ? order : a.CompareTo(b));
        IEnumerable<int> filled = Enumerable.Range(0, Math.Min(count, largestFirst.Length));
        var loads = new PriorityQueue<int, (double Work, int Shard)>(filled.Select(shard => (shard, (0.0, shard))));
        foreach (int trajectory in largestFirst)
        {
            loads.TryPeek(out int shard, out (double Work, int Shard) load);
            _shardOf[trajectory] = shard;
            loads.DequeueEnqueue(shard, (load.Work + work[trajectory], shard));
        }

        for (int trajectory = 0; plan.SharesTrajectories && trajectory < work.Length; trajectory++)
        {
            _shardOf[trajectory] = _shardOf[plan.SharedTrajectory(trajectory)];
        }
    }

    /// <summary>Number of shards, including empty ones.</summary>
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
}
