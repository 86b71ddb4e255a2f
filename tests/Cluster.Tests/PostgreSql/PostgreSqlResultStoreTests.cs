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
    public async Task A_failure_that_comes_while_a_result_is_on_its_way_does_not_stay_beside_it()
    {
        using IResultStore store = await Open();

        // A result's transaction that another silo has not ended yet, as the store makes it.
        await using var other = new NpgsqlConnection(Connection);
        await other.OpenAsync();
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock_shared(x'6661696C75726573'::bigint)", other))
        {
            await command.ExecuteNonQueryAsync();
        }

        await using (var command = new NpgsqlCommand("INSERT INTO rnnsweep_results VALUES ($1, $2)", other))
        {
            command.Parameters.Add(new() { Value = Key(1).ToArray() });
            command.Parameters.Add(new() { Value = CellResultCodec.Encode(Result(1)) });
            await command.ExecuteNonQueryAsync();
        }

        // Other results do not wait for it; the failure does.
        store.Add([Result(2)], []);
        Task failing = Task.Run(() => store.Add([], [new CellFailure(Key(1), "it failed")]));
        Assert.NotSame(failing, await Task.WhenAny(failing, Task.Delay(300)));
        await transaction.CommitAsync();
        await failing;

        Assert.Empty(store.Failures());
        Assert.Equal(2, store.Count());
    }

    [SkippableFact]
    public async Task A_damaged_payload_is_found()
    {
        using IResultStore store = await Open();
        store.Add([Result(1), Result(2)], []);
        PostgreSqlServer.Execute(Connection, $"UPDATE rnnsweep_results SET payload = set_byte(payload, 20, 77) WHERE key = '\\x{Key(1)}'");
        Assert.Throws<StoreDamagedException>(() => store.Find(Key(1)));
        AssertSame(Result(2), store.Find(Key(2)));

        PostgreSqlServer.Execute(Connection, "INSERT INTO rnnsweep_results VALUES ('\\x01', '\\x')");
        Assert.Throws<StoreDamagedException>(() => store.Keys().Count());

        PostgreSqlServer.Execute(Connection, "DROP TABLE rnnsweep_results");
        Assert.Throws<StoreDamagedException>(() => store.Count());
    }

    [SkippableFact]
    public async Task A_reason_that_cannot_be_stored_as_it_is_keeps_no_result_from_being_stored()
    {
        using IResultStore store = await Open();
        store.Add([Result(1)], [new CellFailure(Key(2), "a \0 and half a \ud83c surrogate")]);
        Assert.Equal("a \ufffd and half a \ufffd surrogate", store.FindFailure(Key(2))?.Reason);
        Assert.Equal(1, store.Count());
    }

    [SkippableFact]
    public async Task A_batch_larger_than_one_statement_is_stored_whole()
    {
        using IResultStore store = await Open();
        CellResult[] results = [.. Enumerable.Range(1, 12).Select(seed => Result(seed) with { Replicates = [.. Enumerable.Repeat(Result(seed).Replicates[0], 20_000)] })];
        store.Add(results, []);
        Assert.Equal(12, store.Count());
        Assert.All(results, result => AssertSame(result, store.Find(result.Key)));
    }

    [SkippableFact]
    public async Task A_server_that_is_stopped_is_out_of_reach_and_back_with_all_it_had()
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
                Assert.Throws<StoreUnreachableException>(() => store.Keys().Count());
            }
        }
        finally
        {
            server.Start();
        }

        store.Add([Result(2)], []);
        Assert.Equal(2, store.Count());
        AssertSame(Result(1), store.Find(Key(1)));
    }

    public void Dispose() => _databases.ForEach(database => database.Dispose());

    protected override async Task<IResultStore> Open()
    {
        _databases.Add(await ClusterDatabase.OpenOrCreate(Connection));
        return new PostgreSqlResultStore(_databases[^1]);
    }
}
