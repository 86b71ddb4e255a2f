using System.Net.Sockets;
using Npgsql;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// Translates errors of PostgreSQL to a store's exceptions. The original errors are not passed on, not even as inner exceptions, because some quote the
/// user and messages are written to logs.
/// </summary>
/// <param name="name">The database's name in messages.</param>
/// <param name="secrets">Texts that no message may quote.</param>
internal sealed class PostgreSqlErrors(string name, IEnumerable<string?> secrets)
{
    private readonly string[] _secrets = [.. secrets.OfType<string>().Where(secret => secret.Length > 0)];

    /// <summary>The exception to throw instead; null when the error is a defect of this program.</summary>
    public Exception? Translate(Exception error) => error switch
    {
        PostgresException postgres => Translate(postgres),
        NpgsqlException or SocketException or TimeoutException or IOException =>
            Unreachable($"is out of reach{Quote(error.InnerException is { } inner ? $"{error.Message}: {inner.Message}" : error.Message)}", IsTemporary(error)),
        _ => null,
    };

    private Exception Translate(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege => Unreachable("does not give its user the rights to make, read and write tables"),
        PostgresErrorCodes.InvalidCatalogName => Unreachable("does not exist"),
        PostgresErrorCodes.DiskFull => Unreachable("cannot grow: the disk is full"),
        PostgresErrorCodes.TooManyConnections => Unreachable("has too many connections", isTemporary: true),
        PostgresErrorCodes.ReadOnlySqlTransaction => Unreachable("cannot be written: it is read-only"),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => Damaged($"is damaged{Quote(error)}"),
        ['2', '8', ..] => Unreachable("refuses the user or the password"),

        // This program's statements match its own tables, so these tables are not its own.
        ['4', '2', ..] or ['2', '3', ..] => Damaged($"does not have the tables of this version{Quote(error)}"),
        _ => Unreachable($"is out of reach{Quote(error)}", IsRestart(error.SqlState)),
    };

    // A name that cannot be resolved is more often misspelt than missing for a while.
    private static bool IsTemporary(Exception error) =>
        error is not NpgsqlException { IsTransient: false } && error.GetBaseException() is not SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData };

    // The server is shutting down, has crashed or is starting up (class 57P), or the connection was lost (class 08).
    private static bool IsRestart(string state) => state is ['5', '7', 'P', ..] or ['0', '8', ..];

    private string Quote(PostgresException error) => Quote($"{error.MessageText}, SQLSTATE {error.SqlState}");

    private string Quote(string text) =>
        _secrets.Any(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase)) ? "" : $" ({text.ReplaceLineEndings(" ")})";

    private StoreDamagedException Damaged(string what) => new($"{name} {what}; it was left as it is");

    private StoreUnreachableException Unreachable(string what, bool isTemporary = false) => new($"{name} {what}") { IsTemporary = isTemporary };
}
