namespace RnnSweep.Core.Sweeps;

/// <content>The record of what is done, with which a later ledger of the same plan starts without reading the store.</content>
public sealed partial class SweepLedger
{
    private readonly HashSet<int> _changedParts = [];

    /// <summary>The parts with trajectories that became done since the last call.</summary>
    public IReadOnlyList<DonePart> TakeChangedParts()
    {
        DonePart[] parts = [.. _changedParts.Order().Select(part => new DonePart(part, Bits(part)))];
        _changedParts.Clear();
        return parts;
    }

    /// <summary>Counts parts as changed again, because they could not be recorded.</summary>
    public void PutBackParts(IEnumerable<DonePart> parts) => _changedParts.UnionWith(parts.Select(part => part.Index));

    private byte[] Bits(int part)
    {
        long first = (long)part * DonePart.Trajectories;
        int count = (int)Math.Min(DonePart.Trajectories, Plan.TrajectoryCount - first);
        var bits = new byte[(count + 7) / 8];
        for (int i = 0; i < count; i++)
        {
            bits[i / 8] |= (byte)(_experiments.CountOf(first + i) > 0 && AreAll(first + i, state => state == State.Done) ? 1 << (i % 8) : 0);
        }

        return bits;
    }

    private void MarkDone(IEnumerable<DonePart> parts)
    {
        foreach (DonePart part in parts)
        {
            long first = (long)part.Index * DonePart.Trajectories, end = Math.Min(first + (8L * part.Bits.Length), Plan.TrajectoryCount);
            for (long trajectory = first; trajectory < end; trajectory++)
            {
                if (part.Has((int)(trajectory - first)) && _experiments.CountOf(trajectory) > 0)
                {
                    Array.Fill(_states, State.Done, checked((int)_experiments.FirstOf(trajectory)), _experiments.CountOf(trajectory));
                    _cells.SettleTrajectory();
                }
            }
        }
    }

    // A part changes when the last experiment of a trajectory is done.
    private void NoteDone(long index, State next)
    {
        _returned.Remove(index);
        if (next == State.Done)
        {
            _changedParts.Add((int)(_experiments.TrajectoryOf(index) / DonePart.Trajectories));
        }
    }
}

/// <summary>
/// A part of the record of what a ledger knows to be done. It names trajectories and not experiments, because another version of the program may divide the
/// same trajectories into other experiments.
/// </summary>
/// <param name="Index">Its index; it covers the trajectories from this times <see cref="Trajectories"/> on.</param>
/// <param name="Bits">A bit for each trajectory, set if all its readings are stored; the first is the lowest bit of the first byte.</param>
public sealed record DonePart(int Index, byte[] Bits)
{
    /// <summary>Number of trajectories in a part that is not the last.</summary>
    public const int Trajectories = 1 << 16;

    /// <summary>Whether a trajectory, by its place in the part, is done.</summary>
    internal bool Has(int place) => (Bits[place / 8] & (1 << (place % 8))) != 0;
}
