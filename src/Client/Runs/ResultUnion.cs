using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using RnnSweep.Client.Commands;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>
/// What several stores hold of a plan's cells. All of it is read and held against each other before anything is written, so what cannot
/// be united leaves no trace; of a result its digest alone is kept, so a store is open only while it is read.
/// </summary>
internal sealed class ResultUnion
{
    private readonly SweepPlan _plan;
    private readonly Dictionary<CellKey, long> _cells = [];
    private readonly Dictionary<CellKey, (StoredRun Run, UInt128 Digest)> _results = [];
    private readonly Dictionary<CellKey, CellFailure> _failures = [];

    public ResultUnion(SweepPlan plan)
    {
        _plan = plan;
        for (long i = 0; i < plan.CellCount; i++)
        {
            _cells[CellKey.Of(plan.Cell(i))] = i;
        }
    }

    public bool IsDone(CellKey key) => _results.ContainsKey(key);

    /// <summary>Whether all that is known of a cell is that it failed.</summary>
    public bool IsFailed(CellKey key) => !IsDone(key) && _failures.ContainsKey(key);

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

            long strangers = 0;
            foreach (CellKey key in store.Keys())
            {
                cancellation.ThrowIfCancellationRequested();
                if (!_cells.TryGetValue(key, out long cell))
                {
                    strangers++;
                }
                else if (store.Find(key) is { } result)
                {
                    Add(run, cell, key, DigestOf(result));
                }
            }

            if (strangers > 0 && !RunStore.IsShared(run.Folder, run.StoreFile))
            {
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"rnnsweep: {run.Shown} holds {strangers} results of cells that are not in this sweep, or of another version of this program; nothing was merged"));
            }

            foreach (CellFailure failure in store.Failures().Where(failure => _cells.ContainsKey(failure.Key)))
            {
                _failures[failure.Key] = failure;
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
        using var writer = new ResultWriter(target);
        foreach (CellKey key in store.Keys())
        {
            cancellation.ThrowIfCancellationRequested();
            if (_results.TryGetValue(key, out var noted) && noted.Run == run)
            {
                writer.Add(store.Find(key)!);
            }
        }

        foreach (CellFailure failure in store.Failures().Where(failure => IsFailed(failure.Key)))
        {
            writer.Add(failure);
        }

        writer.Flush();
    }

    private void Add(StoredRun run, long cell, CellKey key, UInt128 digest)
    {
        if (!_results.TryGetValue(key, out var known))
        {
            _results[key] = (run, digest);
        }
        else if (known.Digest != digest)
        {
            string coordinates = string.Join(", ", _plan.Axes.Select((axis, i) => $"{axis.Field.Name} {_plan.Coordinate(cell, i)}"));
            throw new StoreDamagedException(
                $"its result of cell {key}{(coordinates.Length > 0 ? $" ({coordinates})" : "")} is not that of {known.Run.Shown}");
        }
    }

    private static UInt128 DigestOf(CellResult result) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(CellResultCodec.Encode(result)));
}
