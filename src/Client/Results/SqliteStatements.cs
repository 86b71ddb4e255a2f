using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>The statements of a store, prepared on one connection. Not thread-safe.</summary>
internal sealed class SqliteStatements : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<IDisposable> _all = [];
    private readonly Dictionary<(bool Spectrum, bool Lags, bool Leading, bool Gradient, bool Activity, bool Gates), SqliteReadings> _readings = [];
    private readonly SqliteRowStatement _begin, _beginToRead, _commit;
    private readonly SqliteRowStatement _cell, _addCell, _lastCell, _anyFailure, _removeFailure, _addFailure;
    private readonly SqliteRowStatement _replicatesOf, _replicates, _failuresOf, _failures, _count;

    public SqliteStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _beginToRead = Prepare("BEGIN");
        _commit = Prepare("COMMIT");
        _cell = Prepare("SELECT id FROM cells WHERE key = ?1");
        _addCell = Prepare($"INSERT INTO cells VALUES ({Parameters(1, 2 + SqliteSchema.Fields.Length)}) ON CONFLICT DO NOTHING");
        _lastCell = Prepare("SELECT max(id) FROM cells");
        _anyFailure = Prepare("SELECT 1 FROM failures LIMIT 1");
        _removeFailure = Prepare("DELETE FROM failures WHERE key = ?1 AND replicate = ?2");
        _addFailure = Prepare(
            "INSERT INTO failures SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM readings JOIN cells ON cell = id WHERE key = ?1 AND replicate = ?2) "
                + "ON CONFLICT DO UPDATE SET reason = excluded.reason");
        _replicatesOf = Prepare("SELECT replicate FROM readings WHERE cell = ?1 ORDER BY replicate");

        // The number of replicates of every cell and the largest index: where these agree, as they usually do, the replicates need not be listed.
        _replicates = Prepare(
            "SELECT key, count(*), max(replicate), id FROM cells JOIN readings ON cell = id WHERE key > ?1 GROUP BY key ORDER BY key LIMIT ?2");
        _failuresOf = Prepare("SELECT replicate, reason FROM failures WHERE key = ?1 ORDER BY replicate");
        _failures = Prepare("SELECT replicate, reason, key FROM failures ORDER BY key, replicate");
        _count = Prepare("SELECT count(*) FROM readings");
    }

    /// <summary>See <see cref="IResultStore.Add"/>.</summary>
    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures) => Transact(_begin, () =>
    {
        bool anyFailure = _anyFailure.Whole() is not null;
        long nextCell = _lastCell.Whole()!.Value + 1; // NULL, of an empty table, reads as 0
        foreach (CellResult result in results.Where(result => result.Replicates.Length > 0))
        {
            long cell = Cell(result, ref nextCell);
            Readings(result.Spec).Add(cell, result);
            foreach (Reading reading in anyFailure ? result.Replicates : [])
            {
                _removeFailure.Bind(1, result.Key).Bind(2, (long)reading.Replicate).Run();
            }
        }

        foreach (ReadingFailure failure in failures)
        {
            _addFailure.Bind(1, failure.Key).Bind(2, (long)failure.Replicate).Bind(3, failure.Reason).Run();
        }

        return true;
    });

    /// <summary>The readings of some cells, read in one transaction.</summary>
    public CellResult?[] Find(IReadOnlyList<PlannedReading> cells) =>
        cells is [var only] ? [Find(only)] : Transact(_beginToRead, () => cells.Select(Find).ToArray());

    /// <summary>The stored replicates of a cell.</summary>
    public ReplicateSet Replicates(CellKey key) =>
        _cell.Bind(1, key).Whole() is { } cell ? ReplicateSet.Of(_replicatesOf.Bind(1, cell).Rows(row => (int)row.Whole(0))) : default;

    /// <summary>The stored replicates of the cells after a key, in the order of keys.</summary>
    public List<(byte[] Key, ReplicateSet Replicates)> ReplicatesAfter(byte[] last, int limit) => Transact(_beginToRead, () =>
        _replicates.Bind(1, last).Bind(2, (long)limit).Rows(row => (Key: row.Bytes(0) ?? [], Count: row.Whole(1), Last: row.Whole(2), Cell: row.Whole(3)))
            .ConvertAll(row => (row.Key, row.Count == row.Last + 1
                ? ReplicateSet.First((int)row.Count)
                : ReplicateSet.Of(_replicatesOf.Bind(1, row.Cell).Rows(other => (int)other.Whole(0))))));

    public List<(int Replicate, string Reason)> FailuresOf(CellKey key) => _failuresOf.Bind(1, key).Rows(row => ((int)row.Whole(0), row.Text(1) ?? ""));

    public List<(byte[] Key, int Replicate, string Reason)> Failures() => _failures.Rows(row => (row.Bytes(2) ?? [], (int)row.Whole(0), row.Text(1) ?? ""));

    public long Count() => _count.Whole()!.Value;

    /// <summary>The errors that SQLite finds in the file, and readings with numbers that their cells do not measure, which no checksum covers.</summary>
    public List<string> IntegrityErrors()
    {
        using var check = new SqliteRowStatement(_connection, "PRAGMA integrity_check(20)");
        List<string> errors = check.Rows(row => row.Text(0) ?? "");
        if (errors is not ["ok"])
        {
            return errors;
        }

        using var unmeasured = new SqliteRowStatement(
            _connection,
            "SELECT lower(hex(key)), replicate FROM readings JOIN cells ON cell = id "
                + $"WHERE {string.Join(" OR ", Enum.GetValues<ColumnGroup>().Except([ColumnGroup.Norms]).Select(Unmeasured))} LIMIT 20");
        return unmeasured.Rows(row => $"the stored reading of cell {row.Text(0)}, replicate {row.Whole(1)}, holds numbers that the cell does not measure");

        static string Unmeasured(ColumnGroup group)
        {
            string[] columns = [.. ReadingColumns.All.Where(column => column.Group == group).Select(column => column.Name), .. StoredReading.ListColumns.Where((_, list) => StoredReading.GroupOf(list) == group)];
            string isUnmeasured = group switch
            {
                ColumnGroup.Gates => $"network = '{CanonicalText.Of(NetworkKind.Rnn)}'",
                ColumnGroup.Exponents => $"statistics NOT LIKE '%{StatisticsNames.Spectrum}%' AND statistics NOT LIKE '%{StatisticsNames.Leading}%'",
                _ => $"statistics NOT LIKE '%{CanonicalText.Of(group)}%'",
            };
            return $"({isUnmeasured} AND coalesce({string.Join(", ", columns)}) IS NOT NULL)";
        }
    }

    public void Dispose()
    {
        _all.ForEach(statement => statement.Dispose());
        _connection.Dispose();
    }

    private static string Parameters(int first, int count) => string.Join(", ", Enumerable.Range(first, count).Select(i => $"?{i}"));

    private SqliteRowStatement Prepare(string sql)
    {
        var statement = new SqliteRowStatement(_connection, sql);
        _all.Add(statement);
        return statement;
    }

    // The id of a cell's row, which is inserted where there is none. That is the usual case, so it is tried first; RETURNING would take longer.
    private long Cell(CellResult result, ref long next)
    {
        _addCell.Bind(1, next).Bind(2, result.Key);
        for (int i = 0; i < SqliteSchema.Fields.Length; i++)
        {
            SweepField field = SqliteSchema.Fields[i];
            _ = field.Kind == FieldKind.RealNumber ? _addCell.Bind(3 + i, field.Real(result.Spec))
                : field.Whole(result.Spec) is { } whole ? _addCell.Bind(3 + i, whole)
                : _addCell.Bind(3 + i, field.Text(result.Spec));
        }

        _addCell.Run();
        return raw.sqlite3_changes(_connection.Handle) > 0 ? next++ : _cell.Bind(1, result.Key).Whole()!.Value;
    }

    private SqliteReadings Readings(CellSpec spec)
    {
        (bool, bool, bool, bool, bool, bool) statistics =
            (spec.MeasuresSpectrum, spec.MeasuresLags, spec.MeasuresLeading, spec.MeasuresGradient, spec.MeasuresActivity, SqliteReadings.Has(ColumnGroup.Gates, spec));
        if (!_readings.TryGetValue(statistics, out SqliteReadings? readings))
        {
            _readings[statistics] = readings = new SqliteReadings(_connection, spec);
            _all.Add(readings);
        }

        return readings;
    }

    private CellResult? Find(PlannedReading planned)
    {
        List<Reading> readings = Readings(planned.Spec).Find(planned);
        return readings.Count == 0 ? null : new CellResult(planned.Spec, planned.Key, [.. readings]);
    }

    private T Transact<T>(SqliteRowStatement begin, Func<T> body)
    {
        begin.Run();
        try
        {
            T value = body();
            _commit.Run();
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
            SqliteStoreFile.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // After some errors SQLite has rolled back already; the first error is thrown.
        }
    }
}
