using System.Text;
using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>
/// A prepared statement that is run without the provider, whose commands and readers take several times as long as SQLite does for a small row. Parameters
/// count from 1 and columns from 0, as in SQLite. Its errors are the provider's.
/// </summary>
internal sealed class SqliteRowStatement : IDisposable
{
    // Mark a parameter in _texts as a real or a whole number, whose bits are in _bits.
    private static readonly object s_number = new(), s_whole = new();

    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;
    private readonly nint _pointer;

    // The value bound to each parameter: SQLite keeps bindings from one run to the next, so a value that repeats from row to row is bound once.
    private readonly object?[] _texts;
    private readonly long[] _bits;

    // The last text that was read, because consecutive rows have the same status.
    private (byte[] Bytes, string Text) _lastText = ([], "");

    public SqliteRowStatement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out _statement));
        _pointer = _statement.DangerousGetHandle();
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
        if (!ReferenceEquals(_texts[parameter], s_whole) || _bits[parameter] != value)
        {
            Check(SqliteNative.BindInt64(_pointer, parameter, value));
            (_texts[parameter], _bits[parameter]) = (s_whole, value);
        }

        return this;
    }

    /// <summary>Binds a number; NULL for NaN.</summary>
    public SqliteRowStatement Bind(int parameter, double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        if (!ReferenceEquals(_texts[parameter], s_number) || _bits[parameter] != bits)
        {
            Check(double.IsNaN(value) ? SqliteNative.BindNull(_pointer, parameter) : SqliteNative.BindDouble(_pointer, parameter, value));
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
        if (value is null)
        {
            return Bind(parameter, double.NaN);
        }

        _texts[parameter] = null;
        Check(value.Length == 0 ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
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
    /// <param name="read">Reads the current row.</param>
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

    public long Whole(int column) => SqliteNative.ColumnInt64(_pointer, column);

    public bool IsNull(int column) => SqliteNative.ColumnType(_pointer, column) == raw.SQLITE_NULL;

    /// <summary>A number; NaN for NULL.</summary>
    public double Number(int column) => SqliteNative.ColumnDouble(_pointer, column) is var value && value == 0 && IsNull(column) ? double.NaN : value;

    public unsafe string? Text(int column)
    {
        byte* text = SqliteNative.ColumnText(_pointer, column);
        if (text is null)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(text, SqliteNative.ColumnBytes(_pointer, column));
        if (!bytes.SequenceEqual(_lastText.Bytes))
        {
            _lastText = (bytes.ToArray(), Encoding.UTF8.GetString(bytes));
        }

        return _lastText.Text;
    }

    public byte[]? Bytes(int column) => IsNull(column) ? null : raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    // Returns whether there is a row.
    private bool Step()
    {
        int code = SqliteNative.Step(_pointer);
        Check(code);
        return code == raw.SQLITE_ROW;
    }

    // Its result repeats that of the last step.
    private void Reset() => _ = SqliteNative.Reset(_pointer);

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(code, _connection.Handle);
        }
    }
}
