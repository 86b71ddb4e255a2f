using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>
/// A statement about one row of a store, by its key. Prepared once and run without the provider, whose commands and readers cost several times
/// what SQLite does for a small row. Its errors are the provider's.
/// </summary>
internal sealed class SqliteRowStatement : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;

    /// <summary>Prepares a statement of which the first parameter is a key.</summary>
    public SqliteRowStatement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out _statement));
    }

    /// <summary>Runs the statement, whose second parameter is a payload.</summary>
    public void Run(CellKey key, ReadOnlySpan<byte> payload)
    {
        try
        {
            Check(raw.sqlite3_bind_blob(_statement, 2, payload));
            Step(key);
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    /// <summary>The first field of the row: bytes, or another thing that stands for what is not bytes; null where there is no row.</summary>
    public object? Scalar(CellKey key)
    {
        try
        {
            return !Step(key) ? null
                : raw.sqlite3_column_type(_statement, 0) == raw.SQLITE_BLOB ? raw.sqlite3_column_blob(_statement, 0).ToArray()
                : DBNull.Value;
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    public void Dispose() => _statement.Dispose();

    // Whether there is a row.
    private bool Step(CellKey key)
    {
        Span<byte> bytes = stackalloc byte[CellKey.Size];
        key.CopyTo(bytes);
        Check(raw.sqlite3_bind_blob(_statement, 1, bytes));
        int code = raw.sqlite3_step(_statement);
        Check(code);
        return code == raw.SQLITE_ROW;
    }

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(code, _connection.Handle);
        }
    }
}
