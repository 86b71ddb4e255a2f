using System.Collections.Immutable;
using System.Text;
using Parquet;
using Parquet.Schema;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// Converts the bytes of a CSV that are written to it into a Parquet file, a row group at a time. The rows come as CSV because several threads make them so
/// (<see cref="CsvPart"/>), and a number's text reads back to the same number. The file is complete after <see cref="Finish"/>.
/// </summary>
/// <param name="columns">The columns of the CSV, in its order.</param>
/// <param name="file">The stream of the file, which stays open.</param>
/// <param name="rowsPerGroup">Rows that are held in memory.</param>
internal sealed class ParquetTable(ImmutableArray<TypedColumn> columns, Stream file, int rowsPerGroup = ParquetTable.RowsPerGroup) : ForwardStream
{
    /// <summary>Rows of a row group: 25 MB of numbers in a table of 50 columns.</summary>
    public const int RowsPerGroup = 1 << 16;

    private readonly ImmutableArray<ParquetColumn> _columns = [.. columns.Select(ParquetColumn.Of)];
    private readonly MemoryStream _unfinished = new(); // the start of a line whose end is still to be written
    private ParquetWriter? _writer;
    private bool _isHeaderRead;
    private int _rows;

    /// <summary>Number of rows so far.</summary>
    public long Rows { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int end;
        while ((end = buffer.IndexOf((byte)'\n')) >= 0)
        {
            if (_unfinished.Length == 0)
            {
                AddLine(buffer[..end]);
            }
            else
            {
                _unfinished.Write(buffer[..end]);
                AddLine(_unfinished.GetBuffer().AsSpan(0, (int)_unfinished.Length));
                _unfinished.SetLength(0);
            }

            buffer = buffer[(end + 1)..];
        }

        _unfinished.Write(buffer);
    }

    /// <summary>Writes the last rows and the end of the file.</summary>
    public void Finish()
    {
        WriteGroup();
        Wait(_writer!.DisposeAsync());
        _writer = null;
    }

    protected override void Dispose(bool disposing)
    {
        _unfinished.Dispose();
        base.Dispose(disposing);
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        if (!_isHeaderRead)
        {
            _isHeaderRead = true; // the names are those of the columns
            return;
        }

        if (line.Contains((byte)'"'))
        {
            List<string> fields = CsvLine.Fields(Encoding.UTF8.GetString(line));
            for (int i = 0; i < _columns.Length; i++)
            {
                _columns[i].Add(Encoding.UTF8.GetBytes(fields[i]));
            }
        }
        else
        {
            int column = 0;
            foreach (Range field in line.Split((byte)','))
            {
                _columns[column++].Add(line[field]);
            }
        }

        Rows++;
        if (++_rows == rowsPerGroup)
        {
            WriteGroup();
        }
    }

    // A file without rows has one empty group, from which readers take the columns.
    private void WriteGroup()
    {
        _writer ??= ParquetWriter.CreateAsync(new ParquetSchema(_columns.Select(column => column.Field)), file).GetAwaiter().GetResult();
        if (_rows == 0 && Rows > 0)
        {
            return;
        }

        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        foreach (ParquetColumn column in _columns)
        {
            column.Write(group);
        }

        _rows = 0;
    }

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
