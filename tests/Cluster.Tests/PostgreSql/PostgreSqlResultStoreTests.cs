using System.Data;
using Npgsql;
using RnnSweep.Cluster.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

[Collection(PostgreSqlTests.Name)]
public sealed class PostgreSqlResultStoreTests(PostgreSqlServer server) : ResultStoreConformance, IDisposable
{
    private readonly List<ClusterDatabase> _databases = [];
    private string? _connection;

    private string Connection => _connection ??= server.CreateDatabase();

    [SkippableFact]
    public async Task A_failure_that_is_added_while_its_reading_is_uncommitted_is_not_kept()
    {
        using IResultStore store = await Open();

        // The uncommitted transaction of another silo that adds a reading, as the store makes it.
        await using var other = new NpgsqlConnection(Connection);
        await other.OpenAsync();
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock_shared(x'6661696C75726573'::bigint)", other))
        {
            await command.ExecuteNonQueryAsync();
        }

        foreach (string sql in new[]
        {
            $"INSERT INTO rnnsweep_cells (key) VALUES ('\\x{Cell(1).Key}')",
            "INSERT INTO rnnsweep_readings (cell, replicate, status, checksum) SELECT id, 0, 'ok', 0 FROM rnnsweep_cells",
        })
        {
            await using var command = new NpgsqlCommand(sql, other);
            await command.ExecuteNonQueryAsync();
        }

        // Other readings are not blocked by it; the failure is.
        store.Add([Result(2)], []);
        Task failing = Task.Run(() => store.Add([], [new ReadingFailure(Cell(1).Key, 0, "it failed")]));
        Assert.NotSame(failing, await Task.WhenAny(failing, Task.Delay(300)));
        await transaction.CommitAsync();
        await failing;

        Assert.Empty(store.Failures());
        Assert.Equal(3, store.Count());
    }

    [SkippableFact]
    public async Task Tables_without_the_newest_columns_are_converted_and_keep_their_readings()
    {
        using IResultStore store = await Open();
        string columns = Columns(), indexes = Indexes();
        store.Add([Result(1)], []);

        await using (ClusterDatabase database = await ClusterDatabase.Open(Connection))
        {
            // As in a database of format 7 whose rnnsweep did not have a number, a list and a field yet. No reading has a value there; the cell has the field's default.
            PostgreSqlServer.Execute(
                Connection,
                "DROP VIEW rnnsweep_replicates; ALTER TABLE rnnsweep_readings DROP COLUMN halving_lag; ALTER TABLE rnnsweep_readings DROP COLUMN leading_history; "
                    + "ALTER TABLE rnnsweep_cells DROP COLUMN leak; ALTER TABLE rnnsweep_sweeps DROP COLUMN epoch; "
                    + "ALTER TABLE rnnsweep_sweeps DROP COLUMN claimed, DROP COLUMN computing, DROP COLUMN rate, DROP COLUMN damage; DROP TABLE rnnsweep_done; "
                    + "DROP INDEX rnnsweep_readings_added; ALTER TABLE rnnsweep_readings DROP COLUMN sweep; CREATE INDEX rnnsweep_readings_added ON rnnsweep_readings (added); UPDATE OrleansQuery SET QueryText = 'earlier'");
            await database.Transact(IsolationLevel.ReadCommitted, async connection =>
            {
                await ClusterSchema.Migrate(connection, 7, CancellationToken.None);
                return true;
            });
        }

        Assert.Equal(columns, Columns());
        Assert.Equal(indexes, Indexes());
        Assert.Equal(ClusterSchema.Version, PostgreSqlServer.Read<int>(Connection, "SELECT version FROM rnnsweep_schema"));
        Assert.Equal(0, PostgreSqlServer.Read<long>(Connection, "SELECT count(*) FROM OrleansQuery WHERE QueryText = 'earlier'"));
        Assert.Equal(1, PostgreSqlServer.Read<double>(Connection, "SELECT leak FROM rnnsweep_cells"));
        Assert.Equal(2, PostgreSqlServer.Read<long>(Connection, "SELECT count(*) FROM rnnsweep_replicates WHERE halving_lag IS NULL"));
        store.Add([Result(2)], []);
        AssertHolds(store, [Result(1), Result(2)]);
    }

    private string Indexes() => PostgreSqlServer.Read<string>(
        Connection, "SELECT string_agg(indexdef, ' ' ORDER BY indexdef) FROM pg_indexes WHERE tablename LIKE 'rnnsweep%'");

    private string Columns() => PostgreSqlServer.Read<string>(
        Connection,
        "SELECT string_agg(table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, ''), ' ' ORDER BY table_name, column_name) "
            + "FROM information_schema.columns WHERE table_name LIKE 'rnnsweep%'");

    [SkippableFact]
    public async Task A_client_with_a_cursor_gets_every_reading_of_its_sweep_once_during_concurrent_writes()
    {
        const int Writers = 4, Each = 25;
        using PostgreSqlResultStore store = await Open("followed"), other = await Open("other");
        foreach (string sweep in (string[])["followed", "other"])
        {
            PostgreSqlServer.Execute(Connection, $"INSERT INTO rnnsweep_sweeps (id, name, file, matrices, cells, state) VALUES ('{sweep}', '', '', '{{}}', 0, 'Active')");
        }

        store.Add([Result(1000)], []);
        other.Add([Result(2000)], []);
        string first = store.Cursor(), from = first;
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            using PostgreSqlResultStore own = await Open("followed"), others = await Open("other");
            for (int i = 0; i < Each; i++)
            {
                own.Add([Result((writer * Each) + i), Result(i)], []); // half of the readings are added by another writer too
                others.Add([Result(2001 + (writer * Each) + i), Result(2000)], []);
            }
        })));

        // Two replicates of each cell, without the cell that existed before and without those of the other sweep. Another transaction may hold back the cursor.
        List<(CellKey Key, int Replicate)> seen = [];
        await Wait.Until(() =>
        {
            bool isLast = writing.IsCompleted;
            string before = store.Cursor();
            IReadOnlyList<CellKey> cells = store.CellsAdded(from, before);
            seen.AddRange(store.Added(cells, from, before).SelectMany(cell => cell.Select(reading => (cell.Key, reading.Replicate))));
            from = before;
            return isLast && seen.Count >= 2 * Writers * Each;
        });

        await writing;
        Assert.Distinct(seen);
        Assert.Equal(2 * Writers * Each, seen.Count);
        Assert.Equal(Enumerable.Range(0, Writers * Each).Select(i => Cell(i).Key).Order(), seen.Select(reading => reading.Key).Distinct().Order());
        Assert.Equal(Writers * Each, other.CellsAdded(first, from).Count);
        Assert.Empty(store.CellsAdded(first, first));
    }

    [SkippableFact]
    public async Task A_damaged_row_is_detected()
    {
        using IResultStore store = await Open();
        store.Add([Result(1), Result(2)], []);
        PostgreSqlServer.Execute(
            Connection,
            $"UPDATE rnnsweep_readings SET omega = 0.5 WHERE replicate = 1 AND cell = (SELECT id FROM rnnsweep_cells WHERE key = '\\x{Cell(1).Key}')");
        Assert.Throws<StoreDamagedException>(() => store.Find(Cell(1).Spec));
        AssertHolds(store, [Result(2)]);

        PostgreSqlServer.Execute(
            Connection,
            "WITH made AS (INSERT INTO rnnsweep_cells (key) VALUES ('\\x01') RETURNING id) "
                + "INSERT INTO rnnsweep_readings (cell, replicate, status, checksum) SELECT id, 0, 'ok', 0 FROM made");
        Assert.Throws<StoreDamagedException>(() => store.Replicates().Count());

        PostgreSqlServer.Execute(Connection, "DROP TABLE rnnsweep_readings CASCADE");
        Assert.Throws<StoreDamagedException>(() => store.Count());
    }

    [SkippableFact]
    public async Task The_view_has_the_column_names_of_the_tables()
    {
        using IResultStore store = await Open();
        store.Add([Result(1), Result(2)], []);
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT seed, hidden_size, activation, sum(log10_frobenius_norm), count(omega), min(log10_gradient_norm) FROM rnnsweep_replicates GROUP BY 1, 2, 3 ORDER BY 1", connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync();
        for (int seed = 1; seed <= 2; seed++)
        {
            Assert.True(await row.ReadAsync());
            Assert.Equal((seed, 64, "tanh", 0), (row.GetDecimal(0), row.GetInt64(1), row.GetString(2), row.GetInt64(4))); // unknown is NULL
            Assert.Equal((seed + 0.1) + (-seed + 0.1), row.GetDouble(3), 1e-12);
            Assert.Equal(double.NegativeInfinity, row.GetDouble(5));
        }
    }

    [SkippableFact]
    public async Task A_reason_with_unstorable_characters_does_not_prevent_storing_readings()
    {
        using IResultStore store = await Open();
        store.Add([Result(1)], [new ReadingFailure(Cell(2).Key, 0, "a \0 and half a \ud83c surrogate")]);
        Assert.Equal("a \ufffd and half a \ufffd surrogate", Assert.Single(store.FindFailures(Cell(2).Key)).Reason);
        Assert.Equal(2, store.Count());
    }

    [SkippableFact]
    public async Task A_batch_larger_than_one_statement_is_stored_whole()
    {
        using IResultStore store = await Open();
        CellResult[] results =
        [
            .. Enumerable.Range(1, 5).Select(Result).Select(result => new CellResult(
                result.Spec with { Replicates = 20_000 },
                result.Key,
                [.. Enumerable.Range(0, 20_000).Select(replicate => result.Replicates[0] with { Replicate = replicate })])),
        ];
        store.Add(results, []);
        Assert.Equal(100_000, store.Count());
        AssertHolds(store, results);
    }

    [SkippableFact]
    public async Task A_stopped_server_is_unreachable_and_has_all_readings_after_its_restart()
    {
        using IResultStore store = await Open();
        store.Add([Result(1)], []);
        server.Stop(PostgreSqlServer.StopMode.Immediate);
        try
        {
            for (int i = 0; i < 3; i++)
            {
                var error = Assert.Throws<StoreUnreachableException>(() => store.Add([Result(2)], []));
                Assert.DoesNotContain(PostgreSqlServer.User, $"{error}", StringComparison.Ordinal);
                Assert.DoesNotContain(PostgreSqlServer.Password, $"{error}", StringComparison.Ordinal);
                Assert.Throws<StoreUnreachableException>(() => store.Replicates().Count());
            }
        }
        finally
        {
            server.Start();
        }

        store.Add([Result(2)], []);
        Assert.Equal(4, store.Count());
        AssertHolds(store, [Result(1)]);
    }

    public void Dispose() => _databases.ForEach(database => database.Dispose());

    protected override async Task<IResultStore> Open() => await Open(null);

    private async Task<PostgreSqlResultStore> Open(string? sweep)
    {
        ClusterDatabase database = await ClusterDatabase.OpenOrCreate(Connection);
        lock (_databases)
        {
            _databases.Add(database);
        }

        return new PostgreSqlResultStore(database, sweep);
    }
}
