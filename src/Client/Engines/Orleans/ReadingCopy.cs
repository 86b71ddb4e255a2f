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

    private readonly Lazy<CellIndex> _index = new(() => new CellIndex(plan));

    /// <summary>The failures copied so far.</summary>
    public Dictionary<(CellKey Key, int Replicate), ReadingFailure> Failures { get; } = [];

    /// <summary>Copies the readings that were added to the cluster's store between two cursors.</summary>
    /// <exception cref="RunStoreException">The run's own store cannot be written or read.</exception>
    public void CopyAdded(PostgreSqlResultStore cluster, string from, string before)
    {
        PlannedReading[] cells = [.. cluster.CellsAdded(from, before).Select(_index.Value.Find).OfType<PlannedReading>()];
        foreach (PlannedReading[] batch in cells.Chunk(CellsAtATime))
        {
            ILookup<CellKey, Reading> added = cluster.Added(batch.Select(cell => cell.Key), from, before);
            Add([.. batch.Select(cell => CellResult.Of(cell.Spec, cell.Key, added[cell.Key])).Where(result => !result.Replicates.IsEmpty)], []);
        }
    }

    /// <summary>Copies the readings that the run's own store lacks, and the failures of those that the cluster lacks, too.</summary>
    /// <returns>The first reading that is neither stored nor has failed; null where there is none.</returns>
    /// <exception cref="RunStoreException">The run's own store cannot be written or read.</exception>
    public (CellKey Key, int Replicate)? CopyMissing(PostgreSqlResultStore cluster, CancellationToken cancellation)
    {
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
