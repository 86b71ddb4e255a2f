using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>The store of a run: the folder's own, or one that folders share.</summary>
internal static class RunStore
{
    /// <summary>The store's file: the one asked for, else the manifest's, else the folder's own.</summary>
    public static string PathOf(RunFolder folder, string? asked) =>
        Path.GetFullPath(asked ?? Manifest.Read(folder)?.Store ?? folder[RunFolder.StoreFile]);

    public static bool IsShared(RunFolder folder, string path) => path != folder[RunFolder.StoreFile];

    /// <summary>The search of a sweep along an axis, as far as a store leads it; null where the sweep has none.</summary>
    public static LocatingSearch? Search(ResolvedSweep sweep, string file, Theory theory)
    {
        if (sweep.Plan.Locating is null)
        {
            return null;
        }

        using SqliteResultStore? store = File.Exists(file) ? SqliteResultStore.OpenReadOnly(file) : null;
        return LocatingSearch.Of(sweep.Plan, store, theory.OfMeasured);
    }

    /// <summary>The ledger of a sweep, with the stored readings.</summary>
    /// <exception cref="UsageException">The folder's own store holds results of another sweep, or of other matrices.</exception>
    public static SweepLedger Ledger(ResolvedSweep sweep, IResultStore store, RunFolder folder, bool isShared)
    {
        SweepPlan plan = sweep.Plan;
        if (store.Count() == 0)
        {
            return new SweepLedger(plan);
        }

        Dictionary<CellKey, ReplicateSet> stored = store.Replicates().ToDictionary();
        HashSet<CellKey> planned = [];
        var ledger = new SweepLedger(plan, key =>
        {
            ReplicateSet replicates = stored.GetValueOrDefault(key);
            if (replicates.Count > 0)
            {
                planned.Add(key);
            }

            return replicates;
        });
        long keysOutsidePlan = stored.Count - planned.Count;
        if (keysOutsidePlan == 0 || isShared || (plan.Locating is not null && planned.Count > 0)) // a search has other points with other results, or another width
        {
            return ledger;
        }

        throw Manifest.Read(folder)?.Changed(sweep.Recorded) is { } changed
            ? new UsageException($"rnnsweep: {folder.Path}: {changed}; choose another folder with -o, or delete this one, or share results between sweeps with --store FILE")
            : new UsageException(
                $"rnnsweep: {folder.Path} holds results of {stored.Count} cells, {keysOutsidePlan} of them cells that are not in {(plan.Shard is null ? "" : $"shard {plan.Shard} of ")}this sweep; choose another folder with -o, or delete this one, or share results between sweeps with --store FILE");
    }
}
