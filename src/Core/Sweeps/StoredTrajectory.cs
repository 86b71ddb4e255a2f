using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>What a store holds of a trajectory.</summary>
/// <param name="Trajectory">Its index in the plan.</param>
/// <param name="Keys">The keys of its cells, by ascending sequence length.</param>
/// <param name="Stored">The stored replicates of each.</param>
public sealed record StoredTrajectory(long Trajectory, CellKey[] Keys, ReplicateSet[] Stored)
{
    /// <summary>Reads what a store holds of some trajectories of a plan.</summary>
    public static StoredTrajectory[] Read(SweepPlan plan, IResultStore store, IReadOnlyList<long> trajectories)
    {
        CellKey[][] keys = [.. trajectories.Select(trajectory => plan.Keys.Along(trajectory).Select(cell => cell.Key).ToArray())];
        var stored = store.Replicates(keys.SelectMany(each => each).Distinct()).ToDictionary();
        return [.. trajectories.Zip(keys, (trajectory, each) => new StoredTrajectory(trajectory, each, Array.ConvertAll(each, key => stored.GetValueOrDefault(key))))];
    }
}
