using Microsoft.Data.Sqlite;
using RnnSweep.Core.Results;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>What a store is as a file: its marks, its tables, and the ways to open it.</summary>
internal static class SqliteStoreFile
{
    // "RNNS", where file(1) and other programs look for it.
    private const int ApplicationId = 0x524E_4E53;
    private const int Version = 2;

    private static readonly string s_schema = $"""
        {SqliteSchema.Creation}
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        COMMIT;
        """;

    static SqliteStoreFile()
    {
        // A connection is used by one thread at a time, so it needs no mutex, which takes as long as what it guards. Where SQLite is in use already,
        // it stays as it is.
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
    }

    public static string WalPath(string path) => $"{path}-wal";

    /// <summary>
    /// Makes an empty store, unless another process is faster. It appears whole, so an empty or half-made file is never a store of ours.
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
            // Another process made it in the meantime.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnreachableException($"{path} cannot be made: {error.Message}", error);
        }
        finally
        {
            // Where it cannot be made, it cannot be deleted either; the first error is the one to tell.
            AtomicFile.TryDelete(temporary);
        }
    }

    /// <summary>Throws unless the file is a store of ours; touches nothing, not even the files that SQLite keeps beside it.</summary>
    public static void Inspect(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            // SQLite would take it for a new database, and delete a log beside it.
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
            // A process killed while it moved pages from the log to the file leaves a file that is whole only with its log.
        }
    }

    /// <summary>Throws unless an open database carries the marks and the tables of a store.</summary>
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
                : $"{path} has format {version}, but this version reads format {Version}: {(version > Version ? "a newer version of this program wrote it" : "no version of this program wrote that")}");
        }

        if (Number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('cells', 'readings', 'failures')") != 3)
        {
            throw new StoreDamagedException($"{path} does not have the tables of a store; it was left as it is");
        }
    }

    public static SqliteConnection Open(string path, SqliteOpenMode mode, TimeSpan patience)
    {
        SqliteConnection connection = Open(path, mode);
        // Keys are hashes, so their index is written all over: of a large store it should be in memory.
        Execute(connection, $"PRAGMA busy_timeout = {(int)patience.TotalMilliseconds}", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536");
        return connection;
    }

    /// <summary>Opens a file that nobody writes, without locks and without the files that SQLite keeps beside it.</summary>
    public static SqliteConnection OpenImmutable(string path)
    {
        string[] segments = path.Split(Path.DirectorySeparatorChar);
        string address = string.Join('/', segments.Select(Uri.EscapeDataString));
        return Open($"file://{(address.StartsWith('/') ? "" : "/")}{address}?immutable=1", SqliteOpenMode.ReadOnly);
    }

    /// <summary>
    /// Runs statements, each as a command of its own: after one that returns a row, as many pragmas do, the provider swallows the
    /// errors of those that follow in the same command.
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

    /// <summary>SQLite itself takes a last page that is cut off for one that ends in zeros.</summary>
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
        // No pool: the file is let go when the store is. A timeout of the provider's own would add to SQLite's.
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
