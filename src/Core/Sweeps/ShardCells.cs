namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Indices of a shard's cells, in the order of the whole plan, against its trajectories and the places along the axis of the lengths.
/// </summary>
/// <remarks>
/// Axes before that of the lengths cut the plan into blocks of <paramref name="stride"/> trajectories; in a block all trajectories come at
/// the first place, then all at the second. A shard keeps some trajectories of each block, and the same order.
/// </remarks>
/// <param name="trajectories">The shard's trajectories by their index in the whole plan, ascending.</param>
/// <param name="stride">Trajectories in a block of the whole plan.</param>
/// <param name="places">Number of sequence lengths.</param>
internal sealed class ShardCells(int[] trajectories, long stride, int places)
{
    public int TrajectoryCount => trajectories.Length;

    /// <summary>The index in the whole plan of the shard's trajectory at a rank from 0.</summary>
    public long Trajectory(long rank) => trajectories[rank];

    /// <summary>The index of a cell among the shard's.</summary>
    public long IndexOf(long rank, int place)
    {
        (long start, long length) = Block(rank);
        return (start * places) + (place * length) + (rank - start);
    }

    /// <summary>The inverse of <see cref="IndexOf"/>.</summary>
    public (long Rank, int Place) At(long index)
    {
        // A block's cells are `places` times its trajectories, so this rank is in the cell's block.
        (long start, long length) = Block(index / places);
        (long place, long inner) = Math.DivRem(index - (start * places), length);
        return (start + inner, (int)place);
    }

    // The ranks of the block that a rank is in.
    private (long Start, long Length) Block(long rank)
    {
        long block = trajectories[rank] / stride;
        long start = RankOf(block * stride);
        return (start, RankOf((block + 1) * stride) - start);
    }

    /// <summary>How many of the shard's trajectories come before one of the whole plan: its rank, where it is one of them.</summary>
    public long RankOf(long trajectory)
    {
        if (trajectory > int.MaxValue)
        {
            return trajectories.Length;
        }

        int rank = Array.BinarySearch(trajectories, (int)trajectory);
        return rank < 0 ? ~rank : rank;
    }
}
