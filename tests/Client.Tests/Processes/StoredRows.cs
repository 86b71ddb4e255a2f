using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>
/// The rows of a run's results.db, read without the program's own code and from a copy, so that looking at what a killed process left
/// changes nothing of it.
/// </summary>
internal static class StoredRows
{
    /// <summary>Every payload by its key, both in hexadecimal digits, with the place at which it came in.</summary>
    public static Dictionary<string, (long Place, string Payload)> Read(string folder)
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
        command.CommandText = "SELECT rowid, hex(key), hex(payload) FROM results";
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new Dictionary<string, (long, string)>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(1), (reader.GetInt64(0), reader.GetString(2)));
        }

        return rows;
    }

    /// <summary>Every payload by its key.</summary>
    public static SortedDictionary<string, string> Payloads(string folder) =>
        new(Read(folder).ToDictionary(row => row.Key, row => row.Value.Payload));

    /// <summary>How many results there are, counted as a reader beside the run would.</summary>
    public static long Count(string folder)
    {
        string file = Path.Combine(folder, "results.db");
        if (!File.Exists(file))
        {
            return 0;
        }

        using var store = SqliteResultStore.OpenReadOnly(file);
        return store.Count();
    }

    /// <summary>Changes a store behind the program's back.</summary>
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

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }
}
