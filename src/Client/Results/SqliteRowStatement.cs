using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>
/// A statement that is prepared once and run without the provider, whose commands and readers cost several times
/// what SQLite does for a small row. Parameters count from 1 and columns from 0, as in SQLite. Its errors are the provider's.
/// </summary>
internal sealed class SqliteRowStatement : IDisposable
{
    // Stands in _texts for a number, whose bits are in _bits.
    private static readonly object s_number = new();

    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;

    // What each parameter is bound to: SQLite keeps it from one run to the next, and many parameters have the same value in row after row.
    private readonly object?[] _texts;
    private readonly long[] _bits;

    public SqliteRowStatement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out _statement));
        int parameters = raw.sqlite3_bind_parameter_count(_statement);
        (_texts, _bits) = (new object?[parameters + 1], new long[parameters + 1]);
    }

    public SqliteRowStatement Bind(int parameter, CellKey key)
    {
        Span<byte> bytes = stackalloc byte[CellKey.Size];
        key.CopyTo(bytes);
        _texts[parameter] = null;
        Check(raw.sqlite3_bind_blob(_statement, parameter, bytes));
        return this;
    }

    public SqliteRowStatement Bind(int parameter, long value)
    {
        _texts[parameter] = null;
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    /// <summary>Binds a number; NULL for NaN.</summary>
    public SqliteRowStatement Bind(int parameter, double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        if (!ReferenceEquals(_texts[parameter], s_number) || _bits[parameter] != bits)
        {
            Check(double.IsNaN(value) ? raw.sqlite3_bind_null(_statement, parameter) : raw.sqlite3_bind_double(_statement, parameter, value));
            (_texts[parameter], _bits[parameter]) = (s_number, bits);
        }

        return this;
    }

    public SqliteRowStatement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            return Bind(parameter, double.NaN);
        }

        if (_texts[parameter] is not string bound || bound != value)
        {
            Check(raw.sqlite3_bind_text(_statement, parameter, value));
            _texts[parameter] = value;
        }

        return this;
    }

    public SqliteRowStatement Bind(int parameter, byte[]? value)
    {
        _texts[parameter] = null;
        Check(value is null ? raw.sqlite3_bind_null(_statement, parameter)
            : value.Length == 0 ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
            : raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Runs a statement that has no rows.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Reads every row.</summary>
    /// <param name="read">Reads the row that the statement stands at.</param>
    public List<T> Rows<T>(Func<SqliteRowStatement, T> read)
    {
        var rows = new List<T>();
        try
        {
            while (Step())
            {
                rows.Add(read(this));
            }
        }
        finally
        {
            Reset();
        }

        return rows;
    }

    /// <summary>The whole number in the first column of the first row; null where there is no row.</summary>
    public long? Whole()
    {
        try
        {
            return Step() ? Whole(0) : null;
        }
        finally
        {
            Reset();
        }
    }

    public long Whole(int column) => raw.sqlite3_column_int64(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>A number; NaN for NULL.</summary>
    public double Number(int column) => raw.sqlite3_column_double(_statement, column) is var value && value == 0 && IsNull(column) ? double.NaN : value;

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public byte[]? Bytes(int column) => IsNull(column) ? null : raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    // Whether there is a row.
    private bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        Check(code);
        return code == raw.SQLITE_ROW;
    }

    private void Reset() => raw.sqlite3_reset(_statement);

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(code, _connection.Handle);
        }
    }
}
