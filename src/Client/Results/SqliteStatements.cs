using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The statements of a store, prepared on one connection. Not for more than one thread at a time.</summary>
internal sealed class SqliteStatements(SqliteConnection connection) : IDisposable
{
    private readonly SqliteRowStatement _payload = new(connection, "SELECT payload FROM results WHERE key = $1");
    private readonly SqliteCommand _holds = Prepare(connection, "SELECT 1 FROM results WHERE key = $1", 1);
    private readonly SqliteCommand _reason = Prepare(connection, "SELECT reason FROM failures WHERE key = $1", 1);
    private readonly SqliteCommand _keys = Prepare(connection, "SELECT key FROM results WHERE key > $1 ORDER BY key LIMIT $2", 2);
    private readonly SqliteCommand _failures = Prepare(connection, "SELECT key, reason FROM failures ORDER BY key", 0);
    private readonly SqliteCommand _count = Prepare(connection, "SELECT count(*) FROM results", 0);
    private readonly SqliteCommand _beginToRead = Prepare(connection, "BEGIN", 0);
    private readonly SqliteCommand _begin = Prepare(connection, "BEGIN IMMEDIATE", 0);
    private readonly SqliteCommand _commit = Prepare(connection, "COMMIT", 0);
    private readonly SqliteRowStatement _addResult = new(connection, "INSERT INTO results VALUES ($1, $2) ON CONFLICT DO NOTHING");
    private readonly SqliteCommand _anyFailure = Prepare(connection, "SELECT 1 FROM failures LIMIT 1", 0);
    private readonly SqliteCommand _removeFailure = Prepare(connection, "DELETE FROM failures WHERE key = $1", 1);

    private readonly SqliteCommand _addFailure = Prepare(
        connection,
        "INSERT INTO failures SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM results WHERE key = $1) "
            + "ON CONFLICT DO UPDATE SET reason = excluded.reason",
        2);

    /// <summary>See <see cref="IResultStore.Add"/>.</summary>
    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<CellFailure> failures)
    {
        Transact(_begin, () =>
        {
            bool anyFailure = _anyFailure.ExecuteScalar() is not null;
            foreach (CellResult result in results)
            {
                _addResult.Run(result.Key, CellResultCodec.Encode(result));
                if (anyFailure)
                {
                    Bind(_removeFailure, result.Key.ToArray()).ExecuteNonQuery();
                }
            }

            foreach (CellFailure failure in failures)
            {
                Bind(_addFailure, failure.Key.ToArray(), failure.Reason).ExecuteNonQuery();
            }

            return true;
        });
    }

    /// <summary>The payloads of some keys as they are at one moment: bytes, null where there is none, or whatever else somebody has put there.</summary>
    public object?[] Payloads(IReadOnlyList<CellKey> keys) =>
        keys is [var only] ? [_payload.Scalar(only)] : Transact(_beginToRead, () => keys.Select(key => _payload.Scalar(key)).ToArray());

    public bool Holds(CellKey key) => Bind(_holds, key.ToArray()).ExecuteScalar() is not null;

    public object? Reason(CellKey key) => Bind(_reason, key.ToArray()).ExecuteScalar();

    public long Count() => (long)_count.ExecuteScalar()!;

    public List<byte[]> KeysAfter(byte[] last, int limit)
    {
        var keys = new List<byte[]>();
        using SqliteDataReader reader = Bind(_keys, last, limit).ExecuteReader();
        while (reader.Read())
        {
            keys.Add(reader.GetValue(0) as byte[] ?? []);
        }

        return keys;
    }

    public List<(byte[] Key, string Reason)> Failures()
    {
        var failures = new List<(byte[] Key, string Reason)>();
        using SqliteDataReader reader = _failures.ExecuteReader();
        while (reader.Read())
        {
            failures.Add((reader.GetValue(0) as byte[] ?? [], $"{reader.GetValue(1)}"));
        }

        return failures;
    }

    public List<string> IntegrityErrors()
    {
        using SqliteCommand check = Prepare(connection, "PRAGMA integrity_check(20)", 0);
        using SqliteDataReader reader = check.ExecuteReader();
        var errors = new List<string>();
        while (reader.Read())
        {
            errors.Add(reader.GetString(0));
        }

        return errors is ["ok"] ? [] : errors;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in (ReadOnlySpan<SqliteCommand>)
            [_holds, _reason, _keys, _failures, _count, _beginToRead, _begin, _commit, _anyFailure, _removeFailure, _addFailure])
        {
            command.Dispose();
        }

        _payload.Dispose();
        _addResult.Dispose();
        connection.Dispose();
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 1; i <= parameters; i++)
        {
            command.Parameters.AddWithValue($"${i}", DBNull.Value);
        }

        return command;
    }

    private static SqliteCommand Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    private T Transact<T>(SqliteCommand begin, Func<T> body)
    {
        begin.ExecuteNonQuery();
        try
        {
            T value = body();
            _commit.ExecuteNonQuery();
            return value;
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            SqliteStoreFile.Execute(connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // After some errors SQLite has rolled back already; the first error is the one to tell.
        }
    }
}
