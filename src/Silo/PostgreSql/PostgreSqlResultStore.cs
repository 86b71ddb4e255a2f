using System.Data;
using Npgsql;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The results in a cluster's database, which many silos read and write at once.</summary>
/// <param name="database">The database; stays the caller's.</param>
public sealed class PostgreSqlResultStore(ClusterDatabase database) : IResultStore
{
    private const int KeysAtATime = 8192;
    private const int ResultsAtATime = 256;
    private const int BytesAtATime = 1 << 23;

    // A failure must see every result that is there or on its way, and a result every failure; so who brings failures, which are rare, has the
    // tables to himself ("failures" in ASCII names the lock), and those who bring nothing but results share them.
    private const string ShareLock = "SELECT pg_advisory_xact_lock_shared(x'6661696C75726573'::bigint)";
    private const string OwnLock = "SELECT pg_advisory_xact_lock(x'6661696C75726573'::bigint)";

    private const string AddResults = "INSERT INTO rnnsweep_results SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING";
    private const string RemoveFailures = "DELETE FROM rnnsweep_failures WHERE key = ANY ($1)";

    private const string AddFailures =
        "INSERT INTO rnnsweep_failures SELECT * FROM unnest($1, $2) AS f (key, reason) "
            + "WHERE NOT EXISTS (SELECT FROM rnnsweep_results r WHERE r.key = f.key) ON CONFLICT (key) DO UPDATE SET reason = excluded.reason";

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<CellFailure> failures)
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
            new Statement(failures.Count == 0 ? ShareLock : OwnLock).AddTo(batch);
            foreach ((byte[][] keys, byte[][] payloads) in Encode(results))
            {
                new Statement(AddResults, keys, payloads).AddTo(batch);
                new Statement(RemoveFailures, [keys]).AddTo(batch);
                batch.ExecuteNonQuery();
                batch.BatchCommands.Clear();
            }

            // Of two reasons for one key the later one is kept, as if they had come one by one.
            Dictionary<CellKey, string> reasons = [];
            foreach (CellFailure failure in failures)
            {
                reasons[failure.Key] = StorableText.Of(failure.Reason);
            }

            new Statement(AddFailures, Bytes(reasons.Keys), reasons.Values.ToArray()).AddTo(batch);
            batch.ExecuteNonQuery();
            transaction.Commit();
            return true;
        });
    }

    public CellResult? Find(CellKey key) =>
        Scalar("SELECT payload FROM rnnsweep_results WHERE key = $1", key.ToArray()) is byte[] payload ? CellResultCodec.Decode(key, payload) : null;

    /// <summary>Those of some results that are there, in any order.</summary>
    public IEnumerable<CellResult> FindAll(IEnumerable<CellKey> keys) =>
        keys.Chunk(ResultsAtATime).SelectMany(chunk => Select(
            "SELECT key, payload FROM rnnsweep_results WHERE key = ANY ($1)",
            reader => CellResultCodec.Decode(Key(reader.GetFieldValue<byte[]>(0)), reader.GetFieldValue<byte[]>(1)),
            [Bytes(chunk)]));

    public CellFailure? FindFailure(CellKey key) =>
        Scalar("SELECT reason FROM rnnsweep_failures WHERE key = $1", key.ToArray()) is string reason ? new CellFailure(key, reason) : null;

    public IEnumerable<CellKey> Keys()
    {
        // A page at a time, so that a slow reader holds no connection.
        byte[] last = [];
        while (true)
        {
            List<byte[]> page = Select(
                "SELECT key FROM rnnsweep_results WHERE key > $1 ORDER BY key LIMIT $2", reader => reader.GetFieldValue<byte[]>(0), last, KeysAtATime);
            foreach (byte[] key in page)
            {
                yield return Key(key);
            }

            if (page.Count < KeysAtATime)
            {
                yield break;
            }

            last = page[^1];
        }
    }

    public IEnumerable<CellKey> Stored(IEnumerable<CellKey> keys) =>
        keys.Chunk(KeysAtATime).SelectMany(chunk => Select(
            "SELECT key FROM rnnsweep_results WHERE key = ANY ($1)", reader => Key(reader.GetFieldValue<byte[]>(0)), [Bytes(chunk)]));

    public IReadOnlyList<CellFailure> Failures() => Select(
        "SELECT key, reason FROM rnnsweep_failures ORDER BY key",
        reader => new CellFailure(Key(reader.GetFieldValue<byte[]>(0)), reader.GetString(1)));

    public long Count() => (long)Scalar("SELECT count(*) FROM rnnsweep_results")!;

    /// <summary>Nothing to let go: connections belong to the database.</summary>
    public void Dispose()
    {
    }

    // Ascending, so that two silos with the same cells wait for each other at the first, and never each for the other.
    private static IEnumerable<(byte[][] Keys, byte[][] Payloads)> Encode(IReadOnlyCollection<CellResult> results)
    {
        List<byte[]> keys = [], payloads = [];
        int bytes = 0;
        foreach (CellResult result in results.OrderBy(result => result.Key))
        {
            byte[] payload = CellResultCodec.Encode(result);
            if (keys.Count > 0 && bytes + payload.Length > BytesAtATime)
            {
                yield return ([.. keys], [.. payloads]);
                keys.Clear();
                payloads.Clear();
                bytes = 0;
            }

            keys.Add(result.Key.ToArray());
            payloads.Add(payload);
            bytes += payload.Length;
        }

        if (keys.Count > 0)
        {
            yield return ([.. keys], [.. payloads]);
        }
    }

    private static byte[][] Bytes(IEnumerable<CellKey> keys) => [.. keys.Select(key => key.ToArray())];

    private CellKey Key(byte[] bytes) =>
        bytes.Length == CellKey.Size ? new CellKey(bytes) : throw new StoreDamagedException($"{database.Name} holds a key of {bytes.Length} bytes");

    private object? Scalar(string sql, params object[] values) => database.Use(connection => new Statement(sql, values).Scalar(connection));

    private List<T> Select<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] values) =>
        database.Use(connection => new Statement(sql, values).Rows(connection, read));
}
