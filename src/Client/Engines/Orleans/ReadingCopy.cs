using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>Copies the readings of a sweep from a cluster's store into the run's own store.</summary>
/// <param name="plan">The sweep's plan.</param>
/// <param name="own">The run's own store.</param>
internal sealed class ReadingCopy(SweepPlan plan, IResultStore own)
{
    private const int CellsAtATime = 1000;

    // What share of the time the copies of other sweeps' readings may take.
    private const double OthersShare = 0.05;

    private readonly Lazy<CellIndex> _index = new(() => new CellIndex(plan));
    private readonly Stopwatch _sinceMissing = Stopwatch.StartNew();
    private TimeSpan _missingTook;
    private long _done;
    private bool _hasOthers;

    /// <summary>How often readings that were stored for other sweeps are copied at the most: all cells are then compared with the cluster's store.</summary>
    internal TimeSpan OthersInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The failures copied so far.</summary>
    public Dictionary<(CellKey Key, int Replicate), ReadingFailure> Failures { get; } = [];

    /// <summary>
    /// Copies the readings that were stored for the sweep between two cursors. When cells are done and there is no such reading, other sweeps have the same
    /// cells: their readings are copied, too, but only once in a while.
    /// </summary>
    /// <param name="cluster">The cluster's store, of this sweep.</param>
    /// <param name="from">The first cursor.</param>
    /// <param name="before">The second cursor.</param>
    /// <param name="done">How many cells of the sweep were done before the second cursor was taken.</param>
    /// <param name="cancellation">Ends the copy.</param>
    /// <exception cref="RunStoreException">The run's own store cannot be written or read.</exception>
    public void CopyAdded(PostgreSqlResultStore cluster, string from, string before, long done, CancellationToken cancellation)
    {
        PlannedReading[] cells = [.. cluster.CellsAdded(from, before).Select(_index.Value.Find).OfType<PlannedReading>()];
        foreach (PlannedReading[] batch in cells.Chunk(CellsAtATime))
        {
            ILookup<CellKey, Reading> added = cluster.Added(batch.Select(cell => cell.Key), from, before);
            Add([.. batch.Select(cell => CellResult.Of(cell.Spec, cell.Key, added[cell.Key])).Where(result => !result.Replicates.IsEmpty)], []);
        }

        _hasOthers |= done > _done && cells.Length == 0;
        _done = done;
        if (_hasOthers && _sinceMissing.Elapsed > OthersInterval && _missingTook < OthersShare * _sinceMissing.Elapsed)
        {
            _ = CopyMissing(cluster, cancellation);
        }
    }

    /// <summary>Copies the readings that the run's own store lacks, and the failures of those that the cluster lacks, too.</summary>
    /// <returns>The first reading that is neither stored nor has failed; null where there is none.</returns>
    /// <exception cref="RunStoreException">The run's own store cannot be written or read.</exception>
    public (CellKey Key, int Replicate)? CopyMissing(PostgreSqlResultStore cluster, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        (CellKey Key, int Replicate)? missing = null;
        foreach (PlannedReading[] batch in plan.PlannedCells().Chunk(CellsAtATime))
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<CellKey, ReplicateSet> stored = OwnReplicates(batch);
            PlannedReading[] open = [.. batch.Where(cell => !stored.GetValueOrDefault(cell.Key).HasFirst(cell.Spec.Replicates))];
            if (open.Length == 0)
            {
                continue;
            }

            // In this order: a reading that replaces a failure meanwhile is found.
            IReadOnlyList<ReadingFailure> failures = cluster.FailuresOf(open.Select(cell => cell.Key).Distinct());
            CellResult[] found =
                [.. cluster.Find(open).OfType<CellResult>().Select(result => Without(result, stored.GetValueOrDefault(result.Key))).Where(result => !result.Replicates.IsEmpty)];
            Add(found, failures);
            stored = found.Length > 0 ? OwnReplicates(open) : stored;
            foreach (PlannedReading cell in open)
            {
                missing ??= Enumerable.Range(0, cell.Spec.Replicates)
                    .Where(replicate => !stored.GetValueOrDefault(cell.Key).Contains(replicate) && !Failures.ContainsKey((cell.Key, replicate)))
                    .Select(replicate => ((CellKey, int)?)(cell.Key, replicate))
                    .FirstOrDefault();
            }
        }

        _missingTook = Stopwatch.GetElapsedTime(start);
        _sinceMissing.Restart();
        _hasOthers = false;
        return missing;
    }

    private static CellResult Without(CellResult result, ReplicateSet stored) =>
        result with { Replicates = result.Replicates.RemoveAll(reading => stored.Contains(reading.Replicate)) };

    private Dictionary<CellKey, ReplicateSet> OwnReplicates(IEnumerable<PlannedReading> cells)
    {
        try
        {
            return own.Replicates(cells.Select(cell => cell.Key).Distinct()).ToDictionary();
        }
        catch (Exception error)
        {
            throw new RunStoreException(error);
        }
    }

    private void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
    {
        try
        {
            own.Add(results, failures);
        }
        catch (Exception error)
        {
            throw new RunStoreException(error);
        }

        foreach (ReadingFailure failure in failures)
        {
            Failures[(failure.Key, failure.Replicate)] = failure;
        }
    }
}

/// <summary>The run's own store has failed, which is not retried, unlike a failure of the cluster.</summary>
internal sealed class RunStoreException(Exception error) : Exception(error.Message, error);
