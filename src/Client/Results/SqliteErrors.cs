using Microsoft.Data.Sqlite;
using RnnSweep.Core.Results;
using SQLitePCL;

namespace RnnSweep.Client.Results;

/// <summary>Translates errors of SQLite to errors of a store.</summary>
internal static class SqliteErrors
{
    /// <summary>The exception to throw instead; the same one where it indicates a bug of this program.</summary>
    public static Exception Translate(SqliteException error, string path)
    {
        return error.SqliteErrorCode switch
        {
            raw.SQLITE_NOTADB => Damaged("is not an SQLite database"),
            raw.SQLITE_CORRUPT or raw.SQLITE_FORMAT or raw.SQLITE_TOOBIG => Damaged("is damaged"),

            // The statements are valid for a store's tables, so the file has other tables.
            raw.SQLITE_ERROR or raw.SQLITE_SCHEMA or raw.SQLITE_MISMATCH or raw.SQLITE_CONSTRAINT =>
                Damaged($"does not have the tables of a store ({error.Message})"),

            raw.SQLITE_FULL => Unreachable("cannot grow: the disk is full"),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => Unreachable("is locked by another program"),
            raw.SQLITE_READONLY => Unreachable("cannot be written: the file, its folder or its disk is read-only"),
            raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH => Unreachable("cannot be opened: no such folder, not a file, or no right to it"),
            raw.SQLITE_IOERR or raw.SQLITE_NOLFS =>
                Unreachable($"cannot be read or written: input/output error {error.SqliteExtendedErrorCode}, perhaps the disk is full"),
            _ => error,
        };

        StoreDamagedException Damaged(string what) => new($"{path} {what}; it was left as it is", error);
        StoreUnreachableException Unreachable(string what) => new($"{path} {what}", error);
    }
}
