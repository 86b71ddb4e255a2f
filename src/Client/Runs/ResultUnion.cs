using RnnSweep.Client.Results;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>
/// What several stores hold of a plan's cells. All of it is read and compared before anything is written, so what cannot
/// be united leaves no trace; of a reading its checksum alone is kept, so a store is open only while it is read.
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
            // Of cells that share their readings, the one that asks for the most replicates.
            (CellSpec spec, CellKey key) = plan.Planned(i);
            _cells[key] = _cells.TryGetValue(key, out long other) && plan.Cell(other).Replicates >= spec.Replicates ? other : i;
        }
    }

    /// <summary>Whether a reading of a cell is neither there nor has failed.</summary>
    public bool IsMissing(PlannedReading cell) => Enumerable.Range(0, cell.Spec.Replicates)
        .Any(replicate => !_readings.ContainsKey((cell.Key, replicate)) && !_failures.ContainsKey((cell.Key, replicate)));

    /// <summary>Takes note of all that a run has stored. A run may be writing it: what it adds later does not count.</summary>
    /// <exception cref="UsageException">It holds results of another sweep.</exception>
    /// <exception cref="StoreDamagedException">It cannot be read, or it contradicts one that came before.</exception>
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

    /// <summary>Copies what was noted of a run, and of no other before it, to a store.</summary>
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
            string coordinates = string.Join(", ", _plan.Axes.Select((axis, i) => $"{axis.Field.Name} {_plan.Coordinate(cell, i)}"));
            throw new StoreDamagedException(
                $"its result of cell {key}{(coordinates.Length > 0 ? $" ({coordinates})" : "")}, replicate {reading.Replicate}, is not that of {known.Run.Shown}");
        }
    }
}
