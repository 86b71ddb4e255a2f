using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The tables of readings, for this program and for SQL queries of users. Their columns follow from SweepFields and ReadingColumns.</summary>
internal static class ReadingTables
{
    private static readonly ImmutableArray<SweepField> s_fields = SweepFields.OfReadings;

    private static readonly string s_columns = string.Join(
        ", ", [.. ReadingColumns.All.Select(column => column.Name), "status", "status_step", .. StoredReading.ListColumns, "checksum"]);

    private static readonly string s_view = $"""
        CREATE VIEW rnnsweep_replicates AS SELECT {string.Join(", ", s_fields.Select(column => $"c.{column.Name}"))}, encode(c.key, 'hex') AS cell_key, r.replicate,
            {string.Join(", ", ReadingColumns.All.Select(column => $"r.{column.Name}"))}, r.status, r.status_step
            FROM rnnsweep_readings r JOIN rnnsweep_cells c ON c.id = r.cell;
        """;

    /// <summary>Names of the tables.</summary>
    public static ImmutableArray<string> Names { get; } = ["rnnsweep_cells", "rnnsweep_readings", "rnnsweep_failures"];

    /// <summary>Creates the index by which a client finds what was added for its sweep.</summary>
    public const string AddedIndex = "CREATE INDEX rnnsweep_readings_added ON rnnsweep_readings (sweep, added);";

    /// <summary>
    /// Statements that create the tables. The doubles of a list do not compress, so EXTERNAL disables compression. The column <c>sweep</c> has the
    /// <c>place</c> of the sweep for which a reading was stored first, if it is known, and <c>added</c> the transaction that added the row. It is the cursor of
    /// clients: all rows of transactions below the oldest open one are visible, which a sequence would not guarantee.
    /// </summary>
    public static string Creation { get; } = $"""
        CREATE TABLE rnnsweep_cells (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea NOT NULL UNIQUE,
            {string.Join(", ", s_fields.Select(field => $"\"{field.Name}\" {Type(field.Kind)}"))});
        CREATE TABLE rnnsweep_readings (
            cell bigint NOT NULL REFERENCES rnnsweep_cells, replicate integer NOT NULL,
            {string.Join(", ", ReadingColumns.All.Select(column => $"{column.Name} {Type(column.Kind)}"))},
            status text NOT NULL, status_step integer, {string.Join(", ", StoredReading.ListColumns.Select(name => $"{name} bytea"))}, checksum bigint NOT NULL,
            sweep bigint, added xid8 NOT NULL DEFAULT pg_current_xact_id(), PRIMARY KEY (cell, replicate));
        {AddedIndex}
        {string.Join(' ', StoredReading.ListColumns.Select(name => $"ALTER TABLE rnnsweep_readings ALTER COLUMN {name} SET STORAGE EXTERNAL;"))}
        CREATE TABLE rnnsweep_failures (key bytea NOT NULL, replicate integer NOT NULL, reason text NOT NULL,
            added xid8 NOT NULL DEFAULT pg_current_xact_id(), PRIMARY KEY (key, replicate));
        {s_view}
        """;

    /// <summary>Selects the cell's key and the columns of <see cref="Row"/> of the readings of the cells with keys $1 and replicates below $2.</summary>
    public static string Selection { get; } =
        $"SELECT c.key, r.replicate, {s_columns} FROM unnest($1::bytea[], $2::integer[]) AS wanted (key, replicates) "
            + "JOIN rnnsweep_cells c ON c.key = wanted.key JOIN rnnsweep_readings r ON r.cell = c.id AND r.replicate < wanted.replicates ORDER BY c.key, r.replicate";

    // The readings (r) that were stored for sweep $1 by the transactions from $2 on and before $3.
    private const string WereAdded =
        "r.sweep = (SELECT place FROM rnnsweep_sweeps WHERE id = $1) AND r.added >= $2::text::xid8 AND r.added < $3::text::xid8";

    /// <summary>Selects the keys of the cells of which readings were stored for sweep $1 by the transactions from $2 on and before $3.</summary>
    public const string CellsAdded = $"SELECT c.key FROM rnnsweep_cells c WHERE c.id IN (SELECT r.cell FROM rnnsweep_readings r WHERE {WereAdded})";

    /// <summary>Like <see cref="Selection"/>, for the readings of <see cref="CellsAdded"/> of cells with keys $4.</summary>
    public static string SelectionAdded { get; } =
        $"SELECT c.key, r.replicate, {s_columns} FROM rnnsweep_cells c JOIN rnnsweep_readings r ON r.cell = c.id WHERE c.key = ANY ($4) AND {WereAdded} ORDER BY c.key, r.replicate";

    /// <summary>Selects the oldest open transaction: all rows of the transactions before it are visible, and no later row will precede it.</summary>
    public const string Horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";

    // Cells are inserted in the order of keys, so that two silos with the same cells cannot deadlock.
    private static readonly string s_addCells =
        $"INSERT INTO rnnsweep_cells (key, {string.Join(", ", s_fields.Select(field => $"\"{field.Name}\""))}) SELECT * FROM unnest({Parameters(1 + s_fields.Length)}) ON CONFLICT DO NOTHING";

    private static readonly int s_rowParameters = 2 + ReadingColumns.All.Length + 3 + StoredReading.ListColumns.Length;

    private static readonly string s_addReadings =
        $"INSERT INTO rnnsweep_readings (cell, replicate, {s_columns}, sweep) "
            + $"SELECT c.id, r.replicate, {s_columns}, (SELECT place FROM rnnsweep_sweeps WHERE id = ${s_rowParameters + 1}) FROM unnest({Parameters(s_rowParameters)}) "
            + $"AS r (key, replicate, {s_columns}) JOIN rnnsweep_cells c ON c.key = r.key ORDER BY c.id, r.replicate ON CONFLICT DO NOTHING";

    /// <summary>
    /// Adds the columns that the tables of an earlier format lack, within the caller's transaction. Cells that are stored have the default of a new field, and
    /// readings no value of a new column.
    /// </summary>
    public static async Task AddColumns(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var defaults = new CellSpec();
        IEnumerable<string> lists = StoredReading.ListColumns.Select(name => $"ADD COLUMN IF NOT EXISTS {name} bytea, ALTER COLUMN {name} SET STORAGE EXTERNAL");
        string[] statements =
        [
            "DROP VIEW IF EXISTS rnnsweep_replicates",
            $"ALTER TABLE rnnsweep_cells {string.Join(", ", s_fields.Select(field => $"ADD COLUMN IF NOT EXISTS \"{field.Name}\" {Type(field.Kind)} DEFAULT {Literal(field.Text(defaults))}"))}",
            $"ALTER TABLE rnnsweep_cells {string.Join(", ", s_fields.Select(field => $"ALTER COLUMN \"{field.Name}\" DROP DEFAULT"))}",
            $"ALTER TABLE rnnsweep_readings {string.Join(", ", ReadingColumns.All.Select(column => $"ADD COLUMN IF NOT EXISTS {column.Name} {Type(column.Kind)}").Concat(lists))}",
            s_view,
        ];
        foreach (string statement in statements)
        {
            await new Statement(statement).ExecuteAsync(connection, cancellation);
        }
    }

    /// <summary>The statements that add readings.</summary>
    /// <param name="results">The readings, by cells in ascending order of key.</param>
    /// <param name="sweep">The id of the sweep for which they are stored; null for none.</param>
    public static IEnumerable<Statement> Add(IReadOnlyList<CellResult> results, string? sweep)
    {
        yield return new Statement(s_addCells, [results.Select(result => result.Key.ToArray()).ToArray(), .. s_fields.Select(field => Values(field, results))]);
        (CellKey Key, Reading Reading)[] readings = [.. results.SelectMany(result => result.Replicates.Select(reading => (result.Key, reading)))];
        byte[][] keys = [.. readings.Select(row => row.Key.ToArray())];
        int[] replicates = [.. readings.Select(row => row.Reading.Replicate)];
        yield return new Statement(
            s_addReadings,
            [
                keys,
                replicates,
                .. ReadingColumns.All.Select(column => Values(column, readings)),
                readings.Select(row => CanonicalText.Of(row.Reading.Status)).ToArray(),
                readings.Select(row => row.Reading.StatusStep).ToArray(),
                .. Enumerable.Range(0, StoredReading.ListColumns.Length).Select(list => new NpgsqlParameter
                {
                    Value = readings.Select(row => StoredReading.List(row.Reading, list)).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
                }),
                readings.Select(row => StoredReading.Checksum(row.Key, row.Reading)).ToArray(),
                new NpgsqlParameter { Value = sweep ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            ]);
        yield return new Statement(
            "DELETE FROM rnnsweep_failures f USING unnest($1::bytea[], $2::integer[]) AS r (key, replicate) WHERE f.key = r.key AND f.replicate = r.replicate", keys, replicates);
    }

    /// <summary>Reads a row of key, replicate and reason.</summary>
    /// <param name="row">The row.</param>
    /// <param name="database">The database's name in messages.</param>
    public static ReadingFailure Failure(NpgsqlDataReader row, string database) => new(Key(row.GetFieldValue<byte[]>(0), database), row.GetInt32(1), row.GetString(2));

    /// <summary>Reads a stored cell key.</summary>
    /// <exception cref="StoreDamagedException">The bytes are not a key.</exception>
    public static CellKey Key(byte[] bytes, string database) =>
        bytes.Length == CellKey.Size ? new CellKey(bytes) : throw new StoreDamagedException($"{database} holds a key of {bytes.Length} bytes");

    private static object Values(SweepField field, IReadOnlyList<CellResult> results) => field.Kind switch
    {
        FieldKind.RealNumber => results.Select(result => field.Real(result.Spec)).ToArray(),
        FieldKind.WholeNumber => results.Select(result => field.Whole(result.Spec)).ToArray(),
        FieldKind.Word => results.Select(result => decimal.Parse(field.Text(result.Spec)!)).ToArray(),
        _ => new NpgsqlParameter { Value = results.Select(result => field.Text(result.Spec)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
    };

    private static object Values(ReadingColumn column, (CellKey Key, Reading Reading)[] readings)
    {
        IEnumerable<double?> values = readings.Select(row => column.Value(row.Reading)).Select(value => double.IsNaN(value) ? null : (double?)value);
        return column.Kind switch
        {
            ColumnKind.Real => values.ToArray(),
            ColumnKind.Whole => values.Select(value => (int?)value).ToArray(),
            _ => values.Select(value => value is { } truth ? truth != 0 : (bool?)null).ToArray(),
        };
    }

    private static string Literal(string? text) => text is null ? "NULL" : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Parameters(int count) => string.Join(", ", Enumerable.Range(1, count).Select(i => $"${i}"));

    private static string Type(FieldKind kind) => kind switch
    {
        FieldKind.RealNumber => "double precision",
        FieldKind.WholeNumber => "bigint",
        FieldKind.Word => "numeric",
        _ => "text",
    };

    private static string Type(ColumnKind kind) => kind switch
    {
        ColumnKind.Real => "double precision",
        ColumnKind.Whole => "integer",
        _ => "boolean",
    };

    /// <summary>A reader's current row of <see cref="Selection"/>.</summary>
    public readonly struct Row(NpgsqlDataReader row) : IReadingRow
    {
        private const int First = 2;

        public int Replicate => row.GetInt32(1);

        public string? Status => row.GetString(First + ReadingColumns.All.Length);

        public int? StatusStep => row.IsDBNull(First + ReadingColumns.All.Length + 1) ? null : row.GetInt32(First + ReadingColumns.All.Length + 1);

        public long Checksum => row.GetInt64(First + ReadingColumns.All.Length + 2 + StoredReading.ListColumns.Length);

        public double Number(int column) => row.IsDBNull(First + column) ? double.NaN : ReadingColumns.All[column].Kind switch
        {
            ColumnKind.Real => row.GetDouble(First + column),
            ColumnKind.Whole => row.GetInt32(First + column),
            _ => row.GetBoolean(First + column) ? 1 : 0,
        };

        public byte[]? List(int list)
        {
            int column = First + ReadingColumns.All.Length + 2 + list;
            return row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
        }
    }
}
