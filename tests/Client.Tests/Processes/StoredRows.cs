using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>
/// The readings in a run's results.db, read from a copy and without the program's own code, so that reading what a killed process left does not
/// change it.
/// </summary>
internal static class StoredRows
{
    // Columns with internal numbers that are not part of a reading.
    private static readonly string[] s_internal = ["id", "cell"];

    /// <summary>Every reading by the key of its cell, in hexadecimal digits, and its replicate.</summary>
    public static Dictionary<(string Key, long Replicate), StoredRow> Read(string folder)
    {
        using var copy = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(folder, "results.db*")
            .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        if (!File.Exists(copy["results.db"]))
        {
            return [];
        }

        using SqliteConnection connection = Open(copy["results.db"]);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT readings.cell, lower(hex(key)), replicate, cells.*, readings.* FROM readings JOIN cells ON cell = id ORDER BY readings.cell, replicate";
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new Dictionary<(string, long), StoredRow>();
        while (reader.Read())
        {
            IEnumerable<string> values = Enumerable.Range(3, reader.FieldCount - 3).Where(i => !s_internal.Contains(reader.GetName(i)))
                .Select(i => $"{reader.GetName(i)} {Text(reader.GetValue(i))}");
            rows.Add((reader.GetString(1), reader.GetInt64(2)), new StoredRow(reader.GetInt64(0), string.Join('\n', values)));
        }

        return rows;
    }

    /// <summary>The content of every reading by its cell and replicate.</summary>
    public static SortedDictionary<(string Key, long Replicate), string> Contents(string folder) =>
        new(Read(folder).ToDictionary(row => row.Key, row => row.Value.Content));

    /// <summary>Number of cells that have at least a number of readings.</summary>
    public static long CellsOf(this Dictionary<(string Key, long Replicate), StoredRow> rows, int replicates) =>
        rows.Keys.CountBy(row => row.Key).LongCount(cell => cell.Value >= replicates);

    /// <summary>Number of readings, counted by a separate reader during the run.</summary>
    public static long Count(string folder) => OfStore(folder, store => store.Count());

    /// <summary>Number of cells with all their readings, counted by a separate reader during the run.</summary>
    public static long CountCells(string folder, int replicates) =>
        OfStore(folder, store => store.Replicates().LongCount(cell => cell.Value.CountIn(0, replicates) == replicates));

    /// <summary>Changes a store without the program.</summary>
    public static int Execute(string folder, string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteConnection connection = Open(Path.Combine(folder, "results.db"));
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteNonQuery();
    }

    /// <summary>Removes all readings of a number of cells.</summary>
    public static void RemoveCells(string folder, int count) =>
        Execute(folder, "DELETE FROM readings WHERE cell IN (SELECT id FROM cells ORDER BY id LIMIT $count)", ("$count", count));

    /// <summary>Replaces replicate 1 of the first cell by a failure.</summary>
    public static void Fail(string folder, string reason) => Execute(
        folder,
        "INSERT INTO failures SELECT key, 1, $reason FROM cells WHERE id = 1; DELETE FROM readings WHERE cell = 1 AND replicate = 1",
        ("$reason", reason));

    /// <summary>Opens a database like another program.</summary>
    public static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static long OfStore(string folder, Func<SqliteResultStore, long> count)
    {
        string file = Path.Combine(folder, "results.db");
        if (!File.Exists(file))
        {
            return 0;
        }

        using var store = SqliteResultStore.OpenReadOnly(file);
        return count(store);
    }

    private static string Text(object value) => value switch
    {
        double number => BitConverter.DoubleToUInt64Bits(number).ToString("x16"),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        _ => $"{value.GetType().Name} {value}",
    };
}

/// <summary>A reading as it is stored.</summary>
/// <param name="Place">Its place in the order of insertion.</param>
/// <param name="Content">All its columns and those of its cell, bit for bit.</param>
internal sealed record StoredRow(long Place, string Content);
