namespace RnnSweep.Core.Experiments;

/// <summary>
/// Trajectories that were read at one sequence length and may go on to the next. A trajectory is taken out to be used, so no two
/// threads ever hold the same one. Bounded by bytes; what is let go is run again from step 0 when it is needed, to the same bits.
/// </summary>
/// <param name="limit">Bytes the cache may hold.</param>
public sealed class TrajectoryCache(long limit)
{
    private readonly RecencyList<(CellKey Trajectory, int Replicate), ReplicateTrajectory> _entries = new(limit);

    /// <summary>Number of times that a trajectory was found and went on.</summary>
    public long Hits { get; private set; }

    /// <summary>Number of times that a trajectory had to start from step 0.</summary>
    public long Misses { get; private set; }

    internal ReplicateTrajectory? TakeOut(CellKey trajectory, int replicate, int step)
    {
        lock (_entries)
        {
            if (_entries.TryTake((trajectory, replicate), out ReplicateTrajectory? found) && found.Trajectory.Step <= step)
            {
                Hits++;
                return found;
            }

            Misses++;
            return null;
        }
    }

    internal void PutBack(CellKey trajectory, int replicate, ReplicateTrajectory value)
    {
        lock (_entries)
        {
            _entries.Add((trajectory, replicate), value, value.Trajectory.Bytes);
        }
    }
}
