using Microsoft.Data.Sqlite;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// A store in one SQLite file, in WAL mode with every commit flushed to the disk. One connection is used under a lock, because a single process writes, in
/// batches, and reading is not a bottleneck.
/// </summary>
internal sealed class SqliteResultStore : IResultStore
{
    private const int KeysAtATime = 4096;
    private static readonly TimeSpan s_defaultLockTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly bool _readOnly;
    private readonly TimeSpan _lockTimeout;
    private SqliteStatements _statements;

    // Time and length of a file that is read as immutable, when it was opened.
    private (DateTime Written, long Length)? _unchanged;

    private SqliteResultStore(string path, bool readOnly, TimeSpan lockTimeout)
    {
        (_path, _readOnly, _lockTimeout) = (path, readOnly, lockTimeout);
        _statements = Connect();
    }

    /// <summary>Opens a store for reading and writing, and creates it where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lockTimeout">How long to wait for a lock of another process; 10 s by default.</param>
    /// <exception cref="StoreDamagedException">The file is not a store of this version, or damaged; it was not changed.</exception>
    /// <exception cref="StoreUnreachableException">The file cannot be opened for writing.</exception>
    public static SqliteResultStore OpenOrCreate(string path, TimeSpan? lockTimeout = null)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            SqliteStoreFile.Create(path);
        }

        return new SqliteResultStore(path, readOnly: false, lockTimeout ?? s_defaultLockTimeout);
    }

    /// <summary>Opens a store for reading: creates and changes no file, and works while a run is writing.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static SqliteResultStore OpenReadOnly(string path, TimeSpan? lockTimeout = null)
    {
        path = Path.GetFullPath(path);
        return File.Exists(path)
            ? new SqliteResultStore(path, readOnly: true, lockTimeout ?? s_defaultLockTimeout)
            : throw new StoreUnreachableException($"there is no store at {path}");
    }

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
    {
        if (_readOnly)
        {
            throw new InvalidOperationException($"{_path} was opened for reading only");
        }

        Access(statements =>
        {
            statements.Add(results, failures);
            return true;
        });
    }

    public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => Access(statements => statements.Find(cells));

    public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) =>
        Access(statements => statements.FailuresOf(key)).ConvertAll(failure => new ReadingFailure(key, failure.Replicate, failure.Reason));

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates()
    {
        // Reads a page at a time, so that a slow reader does not block other threads.
        byte[] last = [];
        while (true)
        {
            List<(byte[] Key, ReplicateSet Replicates)> page = Access(statements => statements.ReplicatesAfter(last, KeysAtATime));
            foreach ((byte[] key, ReplicateSet replicates) in page)
            {
                yield return new(Key(key), replicates);
            }

            if (page.Count < KeysAtATime)
            {
                yield break;
            }

            last = page[^1].Key;
        }
    }

    public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) =>
        keys.Select(key => new KeyValuePair<CellKey, ReplicateSet>(key, Access(statements => statements.Replicates(key)))).Where(cell => cell.Value.Count > 0);

    public IReadOnlyList<ReadingFailure> Failures() =>
        Access(statements => statements.Failures()).ConvertAll(failure => new ReadingFailure(Key(failure.Key), failure.Replicate, failure.Reason));

    public long Count() => Access(statements => statements.Count());

    /// <summary>The errors that are found in the file, a line each; empty where there are none. Reads the whole file.</summary>
    public IReadOnlyList<string> IntegrityErrors() => Access(statements => statements.IntegrityErrors());

    public void Dispose()
    {
        lock (_gate)
        {
            _statements.Dispose();
        }
    }

    private CellKey Key(byte[] bytes) =>
        bytes.Length == CellKey.Size ? new CellKey(bytes) : throw new StoreDamagedException($"{_path} holds a key of {bytes.Length} bytes");

    private T Access<T>(Func<SqliteStatements, T> access)
    {
        lock (_gate)
        {
            while (true)
            {
                try
                {
                    T value = access(_statements);
                    if (!HasChanged())
                    {
                        return value;
                    }
                }
                catch (SqliteException error)
                {
                    if (!HasChanged())
                    {
                        throw SqliteErrors.Translate(error, _path);
                    }
                }

                // A run has begun to write the file that was read as immutable, so what was read may be inconsistent.
                _statements.Dispose();
                _statements = Connect();
            }
        }
    }

    private SqliteStatements Connect()
    {
        while (true)
        {
            bool hasLog = File.Exists(SqliteStoreFile.WalPath(_path));
            (DateTime, long) before = FileState();
            SqliteConnection? connection = null;
            try
            {
                // Where a log exists, a reader can share the file with a writer through it. Where none does, an ordinary connection would create one and leave
                // it behind, so the file is opened as immutable.
                _unchanged = _readOnly && !hasLog ? before : null;
                SqliteStoreFile.Inspect(_path);
                connection = _unchanged is not null
                    ? SqliteStoreFile.OpenImmutable(_path)
                    : SqliteStoreFile.Open(_path, _readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite, _lockTimeout);
                SqliteStoreFile.RequireMarks(connection, _path);
                if (!_readOnly)
                {
                    // Taking the write lock detects a read-only file or a second writer now, not at the first commit.
                    SqliteStoreFile.Execute(connection, "PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE", "ROLLBACK");
                }

                return new SqliteStatements(connection);
            }
            catch (Exception error) when (error is SqliteException or StoreDamagedException)
            {
                connection?.Dispose();
                if (File.Exists(SqliteStoreFile.WalPath(_path)) != hasLog || FileState() != before)
                {
                    continue; // a run began or ended meanwhile and changed the file, so what was read may be inconsistent
                }

                if (error is SqliteException sqlite)
                {
                    throw SqliteErrors.Translate(sqlite, _path);
                }

                throw;
            }
        }
    }

    private bool HasChanged() => _unchanged is { } before && (File.Exists(SqliteStoreFile.WalPath(_path)) || FileState() != before);

    private (DateTime Written, long Length) FileState()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
