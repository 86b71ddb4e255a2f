using RnnSweep.Client.Results;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Runs;

/// <summary>
/// Copies readings of a sweep's cells from the stores of other runs, so that they need not be computed again. Every reading is checked against its checksum when it is read, and adding
/// one twice changes nothing, so a copy that was interrupted continues at the next start. Other stores are only read, without a lock on their folders; a run may be writing them.
/// </summary>
internal static class SiblingReadings
{
    private const int CellsAtATime = 256;

    /// <summary>Copies what a store lacks.</summary>
    /// <param name="plan">The sweep.</param>
    /// <param name="store">Its store.</param>
    /// <param name="siblings">The folders to copy from. One that was computed with another instruction set, whose last digits may differ, or that cannot be read is left out.</param>
    /// <returns>Number of readings copied from each folder that had any.</returns>
    public static IReadOnlyList<(RunFolder Folder, long Readings)> Copy(SweepPlan plan, IResultStore store, IReadOnlyList<RunFolder> siblings)
    {
        var copied = new List<(RunFolder, long)>();
        foreach (RunFolder sibling in siblings.Where(HasTheSameInstructionSet))
        {
            try
            {
                using var other = SqliteResultStore.OpenReadOnly(sibling[RunFolder.StoreFile]);
                if (Copy(plan, store, other) is > 0 and var readings)
                {
                    copied.Add((sibling, readings));
                }
            }
            catch (Exception error) when (error is StoreUnreachableException or StoreDamagedException)
            {
                Log.Warning(error, "Nothing more is copied from {Folder}", sibling.Path);
            }
        }

        return copied;
    }

    private static bool HasTheSameInstructionSet(RunFolder folder) =>
        Manifest.Read(folder)?.Sessions is { Count: > 0 } sessions && sessions.All(session => session.InstructionSet == Machine.InstructionSet);

    private static long Copy(SweepPlan plan, IResultStore store, SqliteResultStore other)
    {
        Dictionary<CellKey, ReplicateSet> offered = other.Replicates().ToDictionary(), stored = offered.Count == 0 ? [] : store.Replicates().ToDictionary();
        var missing = new List<PlannedReading>();
        long before = store.Count();
        for (long i = 0; i < plan.CellCount && offered.Count > 0; i++)
        {
            PlannedReading cell = plan.Planned(i);
            ReplicateSet here = stored.GetValueOrDefault(cell.Key);
            if (offered.TryGetValue(cell.Key, out ReplicateSet there) && !here.HasFirst(cell.Spec.Replicates) && there.Count > 0)
            {
                missing.Add(cell);
            }

            if (missing.Count == CellsAtATime)
            {
                Add();
            }
        }

        Add();
        return store.Count() - before;

        void Add()
        {
            CellResult[] found =
            [
                .. from result in other.Find(missing).OfType<CellResult>()
                   let here = stored.GetValueOrDefault(result.Key)
                   let wanted = result.Replicates.Where(reading => !here.Contains(reading.Replicate)).ToArray()
                   where wanted.Length > 0
                   select result with { Replicates = [.. wanted] },
            ];
            missing.Clear();
            if (found.Length > 0)
            {
                store.Add(found, []);
            }
        }
    }
}
