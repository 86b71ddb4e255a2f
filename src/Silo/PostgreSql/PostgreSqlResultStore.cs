using System.Data;
using Npgsql;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The readings in a cluster's database, which many silos read and write at once.</summary>
/// <param name="database">The database, which the caller disposes.</param>
/// <param name="sweep">The id of the sweep for which readings are stored, and whose readings are followed; null for none.</param>
public sealed class PostgreSqlResultStore(ClusterDatabase database, string? sweep = null) : IResultStore
{
    private const int KeysAtATime = 8192;
    private const int CellsAtATime = 256;

    // The numbers of one statement and of a reading without lists, which limit a statement's parameters: a few hundred bytes per reading, and lists. With 4096
    // readings, the arrays of the columns stay below the size from which .NET frees arrays only in full collections (85,000 bytes).
    private const int NumbersAtATime = 1 << 17, NumbersOfReading = 32;

    // A writer of a failure must see every reading, including uncommitted ones, and a writer of a reading must see every failure. Writers of failures, which
    // are rare, therefore take the exclusive lock, and writers of readings alone take the shared lock. The lock's number is "failures" in ASCII.
    private const string SharedLock = "SELECT pg_advisory_xact_lock_shared(x'6661696C75726573'::bigint)";
    private const string ExclusiveLock = "SELECT pg_advisory_xact_lock(x'6661696C75726573'::bigint)";

    private const string AddFailures =
        "INSERT INTO rnnsweep_failures SELECT f.key, f.replicate, f.reason, pg_current_xact_id() FROM unnest($1, $2, $3) AS f (key, replicate, reason) WHERE NOT EXISTS ("
            + "SELECT FROM rnnsweep_readings r JOIN rnnsweep_cells c ON c.id = r.cell WHERE c.key = f.key AND r.replicate = f.replicate) "
            + "ON CONFLICT (key, replicate) DO UPDATE SET reason = excluded.reason, added = excluded.added";

    private string Followed => sweep ?? throw new InvalidOperationException("no sweep is followed");

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
    {
        if (results.Count + failures.Count == 0)
        {
            return;
        }

        database.Use(connection =>
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
            using NpgsqlBatch batch = connection.CreateBatch();
            new Statement(ClusterDatabase.EndWhenIdle).AddTo(batch);
            new Statement(failures.Count == 0 ? SharedLock : ExclusiveLock).AddTo(batch);
            foreach (IReadOnlyList<CellResult> part in Parts(results))
            {
                foreach (Statement statement in ReadingTables.Add(part, sweep))
                {
                    statement.AddTo(batch);
                }

                batch.ExecuteNonQuery();
                batch.BatchCommands.Clear();
            }

            // The last reason for a reading is kept, as if the failures had been stored one by one.
            Dictionary<(CellKey Key, int Replicate), string> reasons = [];
            foreach (ReadingFailure failure in failures)
            {
                reasons[(failure.Key, failure.Replicate)] = StorableText.Of(failure.Reason);
            }

            new Statement(AddFailures, Bytes(reasons.Keys.Select(failure => failure.Key)), reasons.Keys.Select(failure => failure.Replicate).ToArray(), reasons.Values.ToArray())
                .AddTo(batch);
            batch.ExecuteNonQuery();
            FaultPoint.Pass(FaultPoint.ResultsInserted);
            transaction.Commit();
            return true;
        });
    }

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => [.. cells.Chunk(CellsAtATime).SelectMany(chunk =>
    {
        // Cells with the same key may request different numbers of replicates.
        var wanted = chunk.GroupBy(cell => cell.Key).ToDictionary(cell => cell.Key, cell => cell.Max(planned => planned.Spec.Replicates));
        ILookup<CellKey, Reading> found = Select(
            ReadingTables.Selection,
            Reading,
            Bytes(wanted.Keys),
            wanted.Values.ToArray()).ToLookup(row => row.Key, row => row.Reading);
        return chunk.Select(cell => CellResult.Of(cell.Spec, cell.Key, found[cell.Key])).Select(result => result.Replicates.IsEmpty ? null : result);
    })];

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) => FailuresOf([key]);

    /// <summary>The failures of some cells, by key and replicate.</summary>
    public IReadOnlyList<ReadingFailure> FailuresOf(IEnumerable<CellKey> keys) => Select(
        "SELECT key, replicate, reason FROM rnnsweep_failures WHERE key = ANY ($1) ORDER BY key, replicate", Failure, [Bytes(keys)]);

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates()
    {
        // Pages are read one at a time, so that a slow consumer holds no connection.
        byte[] last = [];
        while (true)
        {
            List<KeyValuePair<CellKey, ReplicateSet>> page = Select(
                "SELECT c.key, array_agg(r.replicate ORDER BY r.replicate) FROM (SELECT id, key FROM rnnsweep_cells WHERE key > $1 ORDER BY key LIMIT $2) c "
                    + "JOIN rnnsweep_readings r ON r.cell = c.id GROUP BY c.key ORDER BY c.key",
                Set,
                last,
                KeysAtATime);
            foreach (KeyValuePair<CellKey, ReplicateSet> cell in page)
            {
                yield return cell;
            }

            // Every cell has readings, because both are added in one transaction. A page that is not full is therefore the last one.
            if (page.Count < KeysAtATime)
            {
                yield break;
            }

            last = page[^1].Key.ToArray();
        }
    }

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) =>
        keys.Chunk(KeysAtATime).SelectMany(chunk => Select(
            "SELECT c.key, array_agg(r.replicate ORDER BY r.replicate) FROM rnnsweep_cells c JOIN rnnsweep_readings r ON r.cell = c.id WHERE c.key = ANY ($1) GROUP BY c.key",
            Set,
            [Bytes(chunk)]));

    public IReadOnlyList<ReadingFailure> Failures() => Select("SELECT key, replicate, reason FROM rnnsweep_failures ORDER BY key, replicate", Failure);

    public long Count() => database.Use(connection => (long)new Statement("SELECT count(*) FROM rnnsweep_readings").Scalar(connection)!);

    /// <summary>
    /// A position in the order in which readings are added. Every reading before it is visible, and readings that are added later come after it.
    /// </summary>
    public string Cursor() => database.Use(connection => (string)new Statement(ReadingTables.Horizon).Scalar(connection)!);

    /// <summary>The keys of the cells of which readings were stored for the sweep between two cursors.</summary>
    public IReadOnlyList<CellKey> CellsAdded(string from, string before) => Select(ReadingTables.CellsAdded, Key, Followed, from, before);

    /// <summary>The readings of some cells that were stored for the sweep between two cursors.</summary>
    public ILookup<CellKey, Reading> Added(IEnumerable<CellKey> keys, string from, string before) =>
        Select(ReadingTables.SelectionAdded, Reading, Followed, from, before, Bytes(keys)).ToLookup(row => row.Key, row => row.Reading);

    /// <summary>Does nothing, because the database owns the connections.</summary>
    public void Dispose()
    {
    }

    // Splits results, ascending by key, into parts for one statement each.
    private static IEnumerable<IReadOnlyList<CellResult>> Parts(IReadOnlyCollection<CellResult> results)
    {
        List<CellResult> part = [];
        long numbers = 0;
        foreach (CellResult result in results.Where(result => result.Replicates.Length > 0).OrderBy(result => result.Key))
        {
            part.Add(result);
            numbers += result.Replicates.Sum(reading =>
                NumbersOfReading + (2L * (reading.Spectrum?.Log10SingularValues.Count ?? 0)) + (2L * (reading.Lags?.Log10SpectralNorms.Count ?? 0)) + (2L * (reading.GradientLags?.Log10Terms.Count ?? 0))
                    + (2L * (reading.Leading?.Exponents.Count ?? 0)) + (reading.Leading?.History.Count ?? 0));
            if (numbers >= NumbersAtATime)
            {
                yield return part;
                (part, numbers) = ([], 0);
            }
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private static byte[][] Bytes(IEnumerable<CellKey> keys) => [.. keys.Select(key => key.ToArray())];

    private (CellKey Key, Reading Reading) Reading(NpgsqlDataReader row)
    {
        CellKey key = Key(row);
        return (key, StoredReading.Read(key, new ReadingTables.Row(row)));
    }

    private KeyValuePair<CellKey, ReplicateSet> Set(NpgsqlDataReader row) => new(Key(row), ReplicateSet.Of(row.GetFieldValue<int[]>(1)));

    private ReadingFailure Failure(NpgsqlDataReader row) => ReadingTables.Failure(row, database.Name);

    private CellKey Key(NpgsqlDataReader row) => ReadingTables.Key(row.GetFieldValue<byte[]>(0), database.Name);

    private List<T> Select<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] values) =>
        database.Use(connection => new Statement(sql, values).Rows(connection, read));
}
