using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>Writes and reads the rows of cells that measure the same statistics; the columns of other statistics stay NULL.</summary>
internal sealed class SqliteReadings : IDisposable
{
    // Number of readings of a cell that one INSERT adds, so that their place in the table is searched once.
    private const int RowsPerStatement = 8;

    private readonly SqliteRowStatement _add, _addBatch, _find;
    private readonly int[] _columns, _lists;

    // The index of each column and list among those that are read; -1 where it is not read.
    private readonly int[] _placeOf, _placeOfList;

    public SqliteReadings(SqliteConnection connection, CellSpec spec)
    {
        _columns = [.. Enumerable.Range(0, ReadingColumns.All.Length).Where(column => Has(ReadingColumns.All[column].Group, spec))];
        _lists = [.. Enumerable.Range(0, StoredReading.ListColumns.Length).Where(list => Has(StoredReading.GroupOf(list), spec))];
        (_placeOf, _placeOfList) = (Places(_columns, ReadingColumns.All.Length), Places(_lists, StoredReading.ListColumns.Length));
        string[] names =
        [
            "replicate", "status", "status_step", "checksum", .. _columns.Select(column => ReadingColumns.All[column].Name), .. _lists.Select(list => StoredReading.ListColumns[list]),
        ];
        string columns = string.Join(", ", names);
        string row = $"({string.Join(", ", Enumerable.Repeat("?", 1 + names.Length))})";
        (_add, _addBatch) = (Insertion(1), Insertion(RowsPerStatement));
        _find = new SqliteRowStatement(
            connection, $"SELECT {columns} FROM readings WHERE cell = (SELECT id FROM cells WHERE key = ?1) AND replicate < ?2 ORDER BY replicate");

        SqliteRowStatement Insertion(int rows) =>
            new(connection, $"INSERT INTO readings (cell, {columns}) VALUES {string.Join(", ", Enumerable.Repeat(row, rows))} ON CONFLICT DO NOTHING");
    }

    /// <summary>
    /// Whether rows of a cell have the columns of a statistic. Those of the gates are all or none: a trained network stands in the table by its digest, so <see cref="SqliteStatements"/> could
    /// not find numbers of gates that it does not have, but a row's checksum does.
    /// </summary>
    public static bool Has(ColumnGroup group, CellSpec spec) => ReadingColumns.IsMeasured(group, spec) || (group == ColumnGroup.Gates && spec.NetworkDigest is not null);

    public void Add(long cell, CellResult result)
    {
        ReadOnlySpan<Reading> readings = result.Replicates.AsSpan();
        for (; readings.Length >= RowsPerStatement; readings = readings[RowsPerStatement..])
        {
            Add(_addBatch, cell, result.Key, readings[..RowsPerStatement]);
        }

        for (; readings.Length > 0; readings = readings[1..])
        {
            Add(_add, cell, result.Key, readings[..1]);
        }
    }

    /// <summary>The stored readings of a cell's replicates.</summary>
    public List<Reading> Find(PlannedReading planned) => _find.Bind(1, planned.Key).Bind(2, (long)planned.Spec.Replicates)
        .Rows(row => StoredReading.Read(planned.Key, new Row(row, this), planned.Spec.Threshold));

    public void Dispose()
    {
        _add.Dispose();
        _addBatch.Dispose();
        _find.Dispose();
    }

    private void Add(SqliteRowStatement add, long cell, CellKey key, ReadOnlySpan<Reading> readings)
    {
        Span<double> values = stackalloc double[ReadingColumns.All.Length];
        int next = 1;
        foreach (Reading reading in readings)
        {
            StoredReading.Values(reading, values);
            add.Bind(next++, cell).Bind(next++, (long)reading.Replicate).Bind(next++, CanonicalText.Of(reading.Status)).Bind(next++, reading.StatusStep ?? double.NaN)
                .Bind(next++, StoredReading.Checksum(key, reading, values));
            foreach (int column in _columns)
            {
                add.Bind(next++, values[column]);
            }

            foreach (int list in _lists)
            {
                add.Bind(next++, StoredReading.List(reading, list));
            }
        }

        add.Run();
    }

    private static int[] Places(int[] some, int count) => [.. Enumerable.Range(0, count).Select(one => Array.IndexOf(some, one))];

    private readonly struct Row(SqliteRowStatement row, SqliteReadings readings) : IReadingRow
    {
        private const int First = 4;

        public int Replicate => (int)row.Whole(0);

        public string? Status => row.Text(1);

        public int? StatusStep => row.IsNull(2) ? null : (int)row.Whole(2);

        public long Checksum => row.Whole(3);

        public double Number(int column) => readings._placeOf[column] is >= 0 and var place ? row.Number(First + place) : double.NaN;

        public byte[]? List(int list) => readings._placeOfList[list] is >= 0 and var place ? row.Bytes(First + readings._columns.Length + place) : null;
    }
}
