using System.Data;
using Npgsql;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// The PostgreSQL database that a cluster shares: results, the journal of its sweeps, and the membership of its silos. Safe from any thread.
/// </summary>
public sealed class ClusterDatabase : IDisposable, IAsyncDisposable
{
    /// <summary>
    /// The first statement of a transaction: the server ends it where its client is silent for so long. Else a silo that is stopped, or cut off, within a
    /// transaction would keep its locks, and no other could go on with its sweeps.
    /// </summary>
    internal const string EndWhenIdle = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

    private readonly NpgsqlDataSource _source;
    private readonly PostgreSqlErrors _errors;

    private ClusterDatabase(string connectionString)
    {
        NpgsqlConnectionStringBuilder options = Read(connectionString);
        ConnectionString = options.ConnectionString;
        Name = $"the database '{options.Database ?? options.Username}' at {options.Host}:{options.Port}";
        _errors = new PostgreSqlErrors(Name, [options.Username, options.Password]);
        _source = NpgsqlDataSource.Create(options);
    }

    /// <summary>Names the database in messages; neither user nor password is in it.</summary>
    public string Name { get; }

    /// <summary>For the membership provider of Orleans, which opens its own connections. It may hold a password: for no log and no message.</summary>
    internal string ConnectionString { get; }

    /// <summary>Opens the database as a silo does, and makes all tables in it where it is empty. Any number of silos may do so at once.</summary>
    /// <param name="connectionString">As Npgsql reads it: <c>Host=…;Database=…;Username=…;Password=…</c>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="FormatException">The text is no connection string.</exception>
    /// <exception cref="StoreUnreachableException">The database is out of reach, or the tables cannot be made.</exception>
    /// <exception cref="StoreDamagedException">It is in another program's or another version's use; it was not changed.</exception>
    public static Task<ClusterDatabase> OpenOrCreate(string connectionString, CancellationToken cancellation = default) =>
        Open(connectionString, isSilo: true, cancellation);

    /// <summary>Opens the database as a client does, which makes no tables: where a cluster has never been, there is nothing to call.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static Task<ClusterDatabase> Open(string connectionString, CancellationToken cancellation = default) =>
        Open(connectionString, isSilo: false, cancellation);

    /// <summary>Connects, and says what answers: <c>the database 'x' at host:5432, PostgreSQL 17.2</c>. It looks at no table and makes none.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static async Task<string> ServerVersion(string connectionString, CancellationToken cancellation = default)
    {
        await using var database = new ClusterDatabase(connectionString);
        string version = await database.Transact(IsolationLevel.ReadCommitted, connection => Task.FromResult(connection.ServerVersion), cancellation);
        return $"{database.Name}, PostgreSQL {version}";
    }

    public void Dispose() => _source.Dispose();

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Uses a connection, with the errors of PostgreSQL put into the words of a store.</summary>
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

    /// <summary>Uses a connection within a transaction, which is committed unless the use throws.</summary>
    internal async Task<T> Transact<T>(
        IsolationLevel isolation, Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellation = default)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(isolation, cancellation);
            await new Statement(EndWhenIdle).ExecuteAsync(connection, cancellation);
            T value = await use(connection);
            await transaction.CommitAsync(cancellation);
            return value;
        }
        catch (Exception error) when (_errors.Translate(error) is { } translated)
        {
            throw translated;
        }
    }

    private static async Task<ClusterDatabase> Open(string connectionString, bool isSilo, CancellationToken cancellation)
    {
        var database = new ClusterDatabase(connectionString);
        try
        {
            await database.Transact(
                IsolationLevel.ReadCommitted,
                async connection =>
                {
                    await ClusterSchema.Require(connection, database.Name, mayCreate: isSilo, cancellation);
                    return true;
                },
                cancellation);
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
            // Their messages quote what they could not read, which may be the rest of a password with a semicolon in it.
            throw new FormatException("the connection string of the cluster's database cannot be read: it should be like 'Host=…;Database=…;Username=…;Password=…'");
        }
    }
}
