using System.Data;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

[Collection(PostgreSqlTests.Name)]
public sealed class PostgreSqlRegistryTests(PostgreSqlServer server) : RegistryConformance, IDisposable
{
    private static readonly SweepPlan s_plan = SweepPlan.Of("s", []);
    private readonly List<ClusterDatabase> _databases = [];
    private string? _connection;

    private string Connection => _connection ??= server.CreateDatabase();

    [SkippableFact]
    public async Task A_damaged_matrix_is_detected()
    {
        var matrix = new Matrix(2, 2, [1, 2, 3, 4]);
        string digest = matrix.Digest();
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix> { [digest] = matrix });
        foreach (string damage in new[] { "content = set_byte(content, 9, 77)", "content = '\\x00'", "rows = 4, columns = 1", "rows = -2, columns = -2" })
        {
            PostgreSqlServer.Execute(Connection, $"CREATE TABLE kept AS SELECT * FROM rnnsweep_matrices; UPDATE rnnsweep_matrices SET {damage}");
            await Assert.ThrowsAsync<StoreDamagedException>(() => registry.Matrix(digest));
            PostgreSqlServer.Execute(
                Connection, "DELETE FROM rnnsweep_matrices; INSERT INTO rnnsweep_matrices SELECT * FROM kept; DROP TABLE kept");
            Assert.Equal(matrix.Values, (await registry.Matrix(digest)).Values);
        }
    }

    [SkippableFact]
    public async Task A_silo_that_stops_within_a_transaction_does_not_block_others()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix>());
        await using ClusterDatabase stopped = await ClusterDatabase.Open(Connection);
        var isLocked = new TaskCompletionSource();
        var goesOn = new TaskCompletionSource();
        Task transaction = stopped.Transact(IsolationLevel.ReadCommitted, async connection =>
        {
            await new Statement("UPDATE rnnsweep_sweeps SET done = 7 WHERE id = 's'").ExecuteAsync(connection);
            isLocked.SetResult();
            await goesOn.Task;
            return true;
        });
        await isLocked.Task;

        await registry.Note("s", SweepState.Active, done: 3, failed: 0);

        goesOn.SetResult();
        await Assert.ThrowsAsync<StoreUnreachableException>(() => transaction);
        Assert.Equal(3, Assert.Single(await registry.Sweeps()).Done);
    }

    [SkippableFact]
    public async Task Leases_of_a_silo_stay_recorded_when_its_losses_cannot_be_stored()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix>());
        await registry.Hold("s", "silo", new HeldLease(1, [1]), []);
        PostgreSqlServer.Execute(Connection, "ALTER TABLE rnnsweep_losses ADD CHECK (experiment < 100)");

        await Assert.ThrowsAsync<StoreDamagedException>(() => registry.Lose("s", "silo", new Dictionary<long, int> { [1] = 1, [100] = 1 }));

        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Empty(history.Losses);
        Assert.Single(history.Held);
    }

    [SkippableFact]
    public async Task Recorded_state_survives_a_crash_of_the_server()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix>());
        await registry.Hold("s", "silo", new HeldLease(1, [1]), []);
        await registry.Lose("s", "another", new Dictionary<long, int> { [2] = 1 });
        server.Stop(PostgreSqlServer.StopMode.Immediate);
        try
        {
            await Assert.ThrowsAsync<StoreUnreachableException>(() => registry.Recall("s"));
            await Assert.ThrowsAsync<StoreUnreachableException>(() => registry.Hold("s", "silo", new HeldLease(2, [2]), [1]));
        }
        finally
        {
            server.Start();
        }

        SweepHistory history = (await (await Open()).Registry.Recall("s"))!;
        Assert.Equal(1, Assert.Single(history.Held).Lease.Id);
        Assert.Equal(new(2, 1), Assert.Single(history.Losses));
    }

    public void Dispose() => _databases.ForEach(database => database.Dispose());

    protected override async Task<(ISweepRegistry Registry, IResultStore Store)> Open()
    {
        ClusterDatabase database = await ClusterDatabase.OpenOrCreate(Connection);
        lock (_databases)
        {
            _databases.Add(database);
        }

        return (new PostgreSqlRegistry(database), new PostgreSqlResultStore(database));
    }
}
