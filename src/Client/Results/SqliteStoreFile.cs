using Microsoft.Data.Sqlite;
using RnnSweep.Core.Results;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>The file of a store: its header fields, its tables, and how to open it.</summary>
internal static class SqliteStoreFile
{
    // "RNNS", in the header field that file(1) and other programs read.
    private const int ApplicationId = 0x524E_4E53;
    private const int Version = 6;

    private static readonly string s_schema = $"""
        {SqliteSchema.Creation}
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        COMMIT;
        """;

    static SqliteStoreFile()
    {
        // A connection is used by one thread at a time, so it needs no mutex, which takes as long as the calls that it guards. The setting has no effect where
        // SQLite is already in use.
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
    }

    public static string WalPath(string path) => $"{path}-wal";

    /// <summary>
    /// Creates an empty store, unless another process has created it. It is created atomically, so an empty or incomplete file is never a store.
    /// </summary>
    public static void Create(string path)
    {
        string temporary = AtomicFile.TemporaryPath(path);
        try
        {
            using (SqliteConnection connection = Open(temporary, SqliteOpenMode.ReadWriteCreate, TimeSpan.Zero))
            {
                Execute(connection, s_schema, "PRAGMA journal_mode = WAL");
            }

            File.Move(temporary, path, overwrite: false);
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Translate(error, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process has created it in the meantime.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnreachableException($"{path} cannot be made: {error.Message}", error);
        }
        finally
        {
            // An error of the deletion is ignored, so that the first error is thrown.
            AtomicFile.TryDelete(temporary);
        }
    }

    /// <summary>Throws unless the file is a store of this program; changes neither it nor the files that SQLite keeps beside it.</summary>
    public static void Inspect(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            // SQLite would treat it as a new database, and delete a log beside it.
            throw new StoreDamagedException($"{path} is empty, which a store never is; it was left as it is");
        }

        try
        {
            using SqliteConnection connection = OpenImmutable(path);
            RequireMarks(connection, path);
            RequireAllPages(connection, path);
        }
        catch (SqliteException error) when (error.SqliteErrorCode == raw.SQLITE_CORRUPT && File.Exists(WalPath(path)))
        {
            // A process that is killed during a checkpoint leaves a file that is valid only with its log.
        }
    }

    /// <summary>Throws unless an open database has the application id, the version and the tables of a store.</summary>
    public static void RequireMarks(SqliteConnection connection, string path)
    {
        long application = Number(connection, "PRAGMA application_id");
        long version = Number(connection, "PRAGMA user_version");
        if (application != ApplicationId)
        {
            throw new StoreDamagedException($"{path} is an SQLite database of another program, not a store of results; it was left as it is");
        }

        if (version != Version)
        {
            throw new StoreDamagedException(version is > 0 and < Version
                ? $"{path} was written by an older version of rnnsweep, in format {version}, and this version reads format {Version}: choose another folder with -o, or delete this one and run the sweep again; its tables can still be read, and that older version can still open it"
                : $"{path} has format {version}, but this version reads format {Version}: {(version > Version ? "a newer version of this program wrote it" : "the format is unknown")}");
        }

        if (Number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('cells', 'readings', 'failures')") != 3)
        {
            throw new StoreDamagedException($"{path} does not have the tables of a store; it was left as it is");
        }
    }

    public static SqliteConnection Open(string path, SqliteOpenMode mode, TimeSpan lockTimeout)
    {
        SqliteConnection connection = Open(path, mode);
        // Keys are hashes, so writes to their index are random; the cache should hold the index of a large store.
        Execute(connection, $"PRAGMA busy_timeout = {(int)lockTimeout.TotalMilliseconds}", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536");
        return connection;
    }

    /// <summary>Opens a file that no process writes, without locks and without the files that SQLite keeps beside it.</summary>
    public static SqliteConnection OpenImmutable(string path)
    {
        string[] segments = path.Split(Path.DirectorySeparatorChar);
        string address = string.Join('/', segments.Select(Uri.EscapeDataString));
        return Open($"file://{(address.StartsWith('/') ? "" : "/")}{address}?immutable=1", SqliteOpenMode.ReadOnly);
    }

    /// <summary>
    /// Runs statements, each as a command of its own: after a statement that returns a row, as many pragmas do, the provider ignores errors of later statements
    /// in the same command.
    /// </summary>
    public static void Execute(SqliteConnection connection, params ReadOnlySpan<string> statements)
    {
        foreach (string sql in statements)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    public static long Number(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Throws where the last page is cut off, which SQLite would read as if it ended in zeros.</summary>
    private static void RequireAllPages(SqliteConnection connection, string path)
    {
        long length = Number(connection, "PRAGMA page_count") * Number(connection, "PRAGMA page_size");
        if (new FileInfo(path).Length < length && !File.Exists(WalPath(path)))
        {
            throw new StoreDamagedException($"{path} is cut off: it should have at least {length} bytes; it was left as it is");
        }
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        // Without a pool, the file is closed with the store. The provider's timeout adds to SQLite's, so it is short.
        var options = new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false, DefaultTimeout = 1 };
        var connection = new SqliteConnection(options.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
