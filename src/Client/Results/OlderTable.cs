using System.Text;

namespace RnnSweep.Client.Results;

/// <summary>
/// Detects whether a table on the disk was written earlier, from a part of the stored results: its rows are a subsequence of those written to this stream, with
/// the same fields. Columns that the table lacks are ignored, and a row of a cell that had failed may differ.
/// </summary>
internal sealed class OlderTable : ForwardStream
{
    private const string Key = "cell_key", Count = "count";

    private readonly StreamReader _file;
    private readonly MemoryStream _line = new();
    private int[]? _columns;
    private int _key, _count;
    private List<string>? _next;
    private bool _differs;

    /// <param name="file">The table, which is read from its beginning; it stays open.</param>
    public OlderTable(Stream file)
    {
        // Tables are written atomically, so a table whose last line is cut off was written by another program.
        file.Seek(Math.Max(0, file.Length - 1), SeekOrigin.Begin);
        _differs = file.ReadByte() != '\n';
        file.Seek(0, SeekOrigin.Begin);
        _file = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
    }

    /// <summary>The result; valid after the last write.</summary>
    public bool IsOlder => !_differs && _columns is not null && _next is null;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (int end; !_differs && (end = buffer.IndexOf((byte)'\n')) >= 0; buffer = buffer[(end + 1)..])
        {
            _line.Write(buffer[..end]);
            Take(CsvLine.Fields(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length)));
            _line.SetLength(0);
        }

        _line.Write(buffer);
    }

    private void Take(List<string> row)
    {
        if (_columns is null)
        {
            List<string> header = NextOfFile() ?? [];
            _columns = [.. header.Select(name => row.IndexOf(name))];
            (_key, _count) = (header.IndexOf(Key), header.IndexOf(Count));
            _differs = _key < 0 || _columns.Contains(-1);
            _next = NextOfFile();
        }
        else if (_next is not null && IsSame(row, _next))
        {
            _next = NextOfFile();
        }
    }

    private bool IsSame(List<string> now, List<string> then) => then.Count == _columns!.Length
        && then[_key] == now[_columns[_key]]
        && ((_count >= 0 && then[_count] == "0") || then.Index().All(field => field.Item == now[_columns[field.Index]]));

    private List<string>? NextOfFile() => _file.ReadLine() is { } line ? CsvLine.Fields(line) : null;
}
