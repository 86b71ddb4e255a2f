namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Maps the indices of a shard's cells, in the order of the whole plan, to its trajectories and the indices on the axis of the sequence lengths, and
/// back.
/// </summary>
/// <remarks>
/// The axes before that of the lengths divide the plan into blocks of <paramref name="stride"/> trajectories. In a block, all trajectories come at the first
/// length, then all at the second. A shard keeps some trajectories of each block, in the same order.
/// </remarks>
/// <param name="trajectories">The shard's trajectories by their index in the whole plan, ascending.</param>
/// <param name="stride">Number of trajectories in a block of the whole plan.</param>
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
        // A block has `places` cells per trajectory, so this rank is in the cell's block.
        (long start, long length) = Block(index / places);
        (long place, long inner) = Math.DivRem(index - (start * places), length);
        return (start + inner, (int)place);
    }

    // The range of ranks of the block that contains a rank.
    private (long Start, long Length) Block(long rank)
    {
        long block = trajectories[rank] / stride;
        long start = RankOf(block * stride);
        return (start, RankOf((block + 1) * stride) - start);
    }

    /// <summary>The number of the shard's trajectories before one of the whole plan, which is its rank if it is in the shard.</summary>
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
