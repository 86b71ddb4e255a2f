using System.Data;
using Npgsql;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// The PostgreSQL database of a cluster: results, the registry of sweeps, and the membership of silos. Thread-safe.
/// </summary>
public sealed class ClusterDatabase : IDisposable, IAsyncDisposable
{
    /// <summary>
    /// The first statement of a transaction: the server ends the transaction when the client has sent nothing for this time. Otherwise a silo that is suspended
    /// or disconnected within a transaction would keep its locks and block all other silos.
    /// </summary>
    internal const string EndWhenIdle = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

    private readonly NpgsqlDataSource _source;
    private readonly PostgreSqlErrors _errors;

    /// <summary>Does not connect yet, and does not check the tables.</summary>
    /// <param name="connectionString">In Npgsql's format.</param>
    /// <exception cref="FormatException">The text is not a connection string.</exception>
    internal ClusterDatabase(string connectionString)
    {
        NpgsqlConnectionStringBuilder options = Read(connectionString);
        ConnectionString = options.ConnectionString;
        Name = $"the database '{options.Database ?? options.Username}' at {options.Host}:{options.Port}";
        _errors = new PostgreSqlErrors(Name, [options.Username, options.Password]);

        // Npgsql knows the types of all columns and values, so it need not read the server's list of types first: a long query before those of a client.
        _source = new NpgsqlDataSourceBuilder(ConnectionString).ConfigureTypeLoading(types => types.EnableTypeLoading(false)).Build();
    }

    /// <summary>The database's name in messages, without user and password.</summary>
    public string Name { get; }

    /// <summary>For Orleans' membership provider, which opens its own connections. It may contain a password, so do not write it to logs or messages.</summary>
    internal string ConnectionString { get; }

    /// <summary>Opens the database for a silo, and creates all tables if it is empty. Any number of silos may do so at once.</summary>
    /// <param name="connectionString">In Npgsql's format: <c>Host=…;Database=…;Username=…;Password=…</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="FormatException">The text is not a connection string.</exception>
    /// <exception cref="StoreUnreachableException">The database is unreachable, or the tables cannot be created.</exception>
    /// <exception cref="StoreDamagedException">It has tables of another program or another version; it was not changed.</exception>
    public static Task<ClusterDatabase> OpenOrCreate(string connectionString, CancellationToken cancellation = default) =>
        Open(connectionString, isSilo: true, cancellation);

    /// <summary>Opens the database for a client, and throws if it has no tables of a cluster.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static Task<ClusterDatabase> Open(string connectionString, CancellationToken cancellation = default) =>
        Open(connectionString, isSilo: false, cancellation);

    /// <summary>Connects, and returns the server's version: <c>the database 'x' at host:5432, PostgreSQL 17.2</c>. It does not access tables.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static async Task<string> ServerVersion(string connectionString, CancellationToken cancellation = default)
    {
        await using var database = new ClusterDatabase(connectionString);
        string version = await database.UseAsync(connection => Task.FromResult(connection.ServerVersion), cancellation);
        return $"{database.Name}, PostgreSQL {version}";
    }

    public void Dispose() => _source.Dispose();

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Checks the tables; a silo creates and migrates them.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    internal Task Require(bool isSilo, CancellationToken cancellation)
    {
        // A client only reads, so it needs no transaction around its statements.
        return isSilo ? Transact(IsolationLevel.ReadCommitted, Check, cancellation) : UseAsync(Check, cancellation);

        async Task<bool> Check(NpgsqlConnection connection)
        {
            await ClusterSchema.Require(connection, Name, mayCreate: isSilo, cancellation);
            return true;
        }
    }

    /// <summary>Uses a connection, and translates PostgreSQL's errors to a store's exceptions.</summary>
    internal T Use<T>(Func<NpgsqlConnection, T> use)
    {
        try
        {
            using NpgsqlConnection connection = _source.OpenConnection();
            return use(connection);
        }
        catch (Exception error) when (_errors.Translate(error) is { } translated)
        {
            throw translated;
        }
    }

    /// <inheritdoc cref="Use"/>
    internal async Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellation = default)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
            T value = await use(connection);
            return value;
        }
        catch (Exception error) when (_errors.Translate(error) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>The rows of a statement. A statement alone is a transaction of its own, in one message to the server instead of three.</summary>
    internal Task<List<T>> Rows<T>(Statement statement, Func<NpgsqlDataReader, T> read, CancellationToken cancellation = default) =>
        UseAsync(connection => statement.RowsAsync(connection, read, cancellation), cancellation);

    /// <summary>Uses a connection within a transaction, which is committed unless <paramref name="use"/> throws.</summary>
    internal Task<T> Transact<T>(
        IsolationLevel isolation, Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellation = default) => UseAsync(
        async connection =>
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(isolation, cancellation);
            await new Statement(EndWhenIdle).ExecuteAsync(connection, cancellation);
            T value = await use(connection);
            await transaction.CommitAsync(cancellation);
            return value;
        },
        cancellation);

    /// <summary>The time of the database's clock.</summary>
    internal async Task<DateTimeOffset> Now(CancellationToken cancellation = default) =>
        (await Rows(new Statement("SELECT clock_timestamp()"), row => row.GetFieldValue<DateTimeOffset>(0), cancellation))[0];

    /// <summary>A store's exception for an error of Orleans with one of PostgreSQL inside; null where there is none.</summary>
    internal Exception? TranslateInner(Exception error)
    {
        Exception? inner = error;
        while (inner is not (null or NpgsqlException or StoreUnreachableException or StoreDamagedException))
        {
            inner = inner.InnerException;
        }

        return inner is NpgsqlException cause ? _errors.Translate(cause) : inner;
    }

    private static async Task<ClusterDatabase> Open(string connectionString, bool isSilo, CancellationToken cancellation)
    {
        var database = new ClusterDatabase(connectionString);
        try
        {
            await database.Require(isSilo, cancellation);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        try
        {
            var options = new NpgsqlConnectionStringBuilder(connectionString);
            options.ApplicationName ??= "rnnsweep";
            return options.Host is { Length: > 0 } ? options : throw new ArgumentException("no host");
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            // The exception's message is not passed on, because it may quote a part of a password that contains a semicolon.
            throw new FormatException("the connection string of the cluster's database cannot be read: it should be like 'Host=…;Database=…;Username=…;Password=…'");
        }
    }
}
