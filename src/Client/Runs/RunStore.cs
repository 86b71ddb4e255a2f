using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
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
    /// <exception cref="OtherSweepException">The folder's own store holds results of another sweep, or of other matrices.</exception>
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
            ? new OtherSweepException($"rnnsweep: {folder.Path}: {changed}")
            : new OtherSweepException(
                $"rnnsweep: {folder.Path} holds results of {stored.Count} cells, {keysOutsidePlan} of them cells that are not in {(plan.Shard is null ? "" : $"shard {plan.Shard} of ")}this sweep");
    }

    /// <summary>Number of cells whose readings are all stored. Cells are not hashed, which takes long, where the store is empty or holds only this sweep.</summary>
    public static long DoneCells(ResolvedSweep sweep, RunFolder folder, string file)
    {
        if (!File.Exists(file))
        {
            return 0;
        }

        using var store = SqliteResultStore.OpenReadOnly(file);
        SweepPlan plan = sweep.Plan;
        if (store.Count() == 0)
        {
            return 0;
        }

        if (plan.Locating is null && IsOfThisSweep(sweep, folder, file) && !plan.Coordinates.Intersect(["replicates", "threshold"]).Any())
        {
            return store.Replicates().LongCount(cell => cell.Value.HasFirst(plan.Fixed.Replicates));
        }

        Dictionary<CellKey, ReplicateSet> replicates = store.Replicates().ToDictionary();
        long stored = 0;
        for (long i = 0; i < plan.CellCount; i++)
        {
            PlannedReading cell = plan.Planned(i);
            stored += replicates.GetValueOrDefault(cell.Key).HasFirst(cell.Spec.Replicates) ? 1 : 0;
        }

        return stored;
    }

    // A run refuses a folder with another sweep's results, so all are this one's, unless matrix files, which are not compared here, have changed.
    private static bool IsOfThisSweep(ResolvedSweep sweep, RunFolder folder, string file) =>
        !IsShared(folder, file)
            && sweep.Recorded is null
            && File.Exists(folder[RunFolder.SweepFile])
            && Manifest.Read(folder) is { } manifest
            && manifest.Shard == sweep.Plan.Shard?.ToString()
            && folder.Access(() => File.ReadAllText(folder[RunFolder.SweepFile])) == SweepFileWriter.Write(sweep);
}
