using System.Collections.Immutable;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>The tables of a store, derived from the fields of a sweep and the columns of a reading; users may query them by SQL.</summary>
internal static class SqliteSchema
{
    /// <summary>The fields that are columns of <c>cells</c>, in order.</summary>
    public static ImmutableArray<SweepField> Fields { get; } = SweepFields.OfReadings;

    /// <summary>Statements that create the tables of an empty database.</summary>
    /// <remarks>
    /// Cells are numbered in the order of insertion, and readings are ordered by that number, so that both tables grow at their ends; ordered by keys, which
    /// are hashes, each row would go to a random page. Readings refer to cells without a constraint, which would look up the cell of every row. The view has
    /// the columns of replicates.csv except for the outcome, which depends on a sweep's threshold.
    /// </remarks>
    public static string Creation { get; } = $"""
        BEGIN;
        CREATE TABLE cells (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, {string.Join(", ", Fields.Select(field => $"{field.Name} {Type(field.Kind)}"))});
        CREATE TABLE readings (
            cell INTEGER NOT NULL, replicate INTEGER NOT NULL,
            {string.Join(", ", ReadingColumns.All.Select(column => $"{column.Name} {(column.Kind == ColumnKind.Real ? "REAL" : "INTEGER")}"))},
            status TEXT NOT NULL, status_step INTEGER, {string.Join(", ", StoredReading.ListColumns.Select(name => $"{name} BLOB"))}, checksum INTEGER NOT NULL,
            PRIMARY KEY (cell, replicate)) WITHOUT ROWID;
        CREATE TABLE failures (key BLOB NOT NULL, replicate INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (key, replicate)) WITHOUT ROWID;
        CREATE VIEW replicates AS SELECT {string.Join(", ", Fields.Select(field => $"cells.{field.Name}"))}, lower(hex(cells.key)) AS cell_key, replicate,
            {string.Join(", ", ReadingColumns.All.Select(column => column.Name))}, status, status_step
            FROM readings JOIN cells ON cells.id = readings.cell;
        """;

    private static string Type(FieldKind kind) => kind switch
    {
        FieldKind.RealNumber => "REAL",
        FieldKind.WholeNumber => "INTEGER",
        FieldKind.Word => "", // a seed is a whole number or, above 2⁶³, a text
        _ => "TEXT",
    };
}
