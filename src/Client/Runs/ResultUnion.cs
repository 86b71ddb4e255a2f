using RnnSweep.Client.Results;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>
/// The union of several stores' readings of a plan. All readings are compared before anything is written, so stores that contradict each other leave no files.
/// Only checksums are kept, and a store is open only while it is read.
/// </summary>
internal sealed class ResultUnion
{
    private const long ReadingsAtATime = 50_000;

    private readonly SweepPlan _plan;
    private readonly Dictionary<CellKey, long> _cells = [];
    private readonly Dictionary<(CellKey Key, int Replicate), (StoredRun Run, long Checksum)> _readings = [];
    private readonly Dictionary<(CellKey Key, int Replicate), ReadingFailure> _failures = [];

    public ResultUnion(SweepPlan plan)
    {
        _plan = plan;
        for (long i = 0; i < plan.CellCount; i++)
        {
            // Keeps, of cells that share their readings, the one with the most replicates.
            (CellSpec spec, CellKey key) = plan.Planned(i);
            _cells[key] = _cells.TryGetValue(key, out long other) && plan.Cell(other).Replicates >= spec.Replicates ? other : i;
        }
    }

    /// <summary>Whether a reading of a cell is neither stored nor has failed.</summary>
    public bool IsMissing(PlannedReading cell) => Enumerable.Range(0, cell.Spec.Replicates)
        .Any(replicate => !_readings.ContainsKey((cell.Key, replicate)) && !_failures.ContainsKey((cell.Key, replicate)));

    /// <summary>Records all readings that a run has stored. Readings that a run adds later are ignored.</summary>
    /// <exception cref="UsageException">The store holds results of another sweep.</exception>
    /// <exception cref="StoreDamagedException">The store cannot be read, or contradicts one that was added before.</exception>
    public void Add(StoredRun run, CancellationToken cancellation)
    {
        using var store = SqliteResultStore.OpenReadOnly(run.StoreFile);
        try
        {
            if (store.IntegrityErrors() is [var first, ..])
            {
                throw new StoreDamagedException($"the store's file is damaged: {first}");
            }

            long keysOutsidePlan = 0;
            foreach ((CellKey key, _) in store.Replicates())
            {
                cancellation.ThrowIfCancellationRequested();
                if (!_cells.TryGetValue(key, out long cell))
                {
                    keysOutsidePlan++;
                    continue;
                }

                foreach (Reading reading in store.Find([new PlannedReading(_plan.Cell(cell), key)])[0]?.Replicates ?? [])
                {
                    Add(run, cell, key, reading);
                }
            }

            if (keysOutsidePlan > 0 && !RunStore.IsShared(run.Folder, run.StoreFile))
            {
                throw new UsageException(
                    $"rnnsweep: {run.Shown} holds results of {keysOutsidePlan} cells that are not in this sweep, or of another version of this program; nothing was merged");
            }

            foreach (ReadingFailure failure in store.Failures().Where(failure => _cells.ContainsKey(failure.Key)))
            {
                _failures[(failure.Key, failure.Replicate)] = failure;
            }
        }
        catch (StoreDamagedException error)
        {
            throw new StoreDamagedException($"{run.Shown} cannot be merged: {error.Message}; nothing was merged", error);
        }
    }

    /// <summary>Copies to a store the readings that were first recorded of this run, and the failures of readings that no run has.</summary>
    public void CopyTo(IResultStore target, StoredRun run, CancellationToken cancellation)
    {
        using var store = SqliteResultStore.OpenReadOnly(run.StoreFile);
        List<CellResult> batch = [];
        long readings = 0;
        foreach ((CellKey key, _) in store.Replicates())
        {
            cancellation.ThrowIfCancellationRequested();
            if (_cells.TryGetValue(key, out long cell) && store.Find([new PlannedReading(_plan.Cell(cell), key)])[0] is { } result)
            {
                Reading[] own = [.. result.Replicates.Where(reading => _readings.TryGetValue((key, reading.Replicate), out var noted) && noted.Run == run)];
                if (own.Length > 0)
                {
                    batch.Add(result with { Replicates = [.. own] });
                    readings += own.Length;
                }
            }

            if (readings >= ReadingsAtATime)
            {
                target.Add(batch, []);
                (batch, readings) = ([], 0);
            }
        }

        target.Add(
            batch,
            [.. store.Failures().Where(failure => _failures.ContainsKey((failure.Key, failure.Replicate)) && !_readings.ContainsKey((failure.Key, failure.Replicate)))]);
    }

    private void Add(StoredRun run, long cell, CellKey key, Reading reading)
    {
        long checksum = StoredReading.Checksum(key, reading);
        if (_readings.TryAdd((key, reading.Replicate), (run, checksum)))
        {
            return;
        }

        (StoredRun Run, long Checksum) known = _readings[(key, reading.Replicate)];
        if (known.Checksum != checksum)
        {
            throw new StoreDamagedException(
                $"its result of cell {key}{CellCoordinates.InBrackets(_plan, cell)}, replicate {reading.Replicate}, is not that of {known.Run.Shown}");
        }
    }
}
