using System.Data;
using System.Net;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.Experiments;
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

    private static CellResult Result(int seed)
    {
        var spec = new CellSpec { Seed = (ulong)seed, Replicates = 2 };
        Reading[] readings = [.. Enumerable.Range(0, 2).Select(replicate => new Reading { Replicate = replicate, Status = ReplicateStatus.Ok, Log10SpectralNorm = seed })];
        return new CellResult(spec, CellKey.Of(spec), [.. readings]);
    }

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
    public async Task A_sweep_whose_state_is_damaged_counts_as_cancelled_until_it_is_submitted_again()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("damaged", "", s_plan, new Dictionary<string, Matrix>());
        await registry.Enter("sound", "", s_plan, new Dictionary<string, Matrix>());
        PostgreSqlServer.Execute(Connection, "UPDATE rnnsweep_sweeps SET state = 'Actjve' WHERE id = 'damaged'");

        IReadOnlyList<SweepEntry> all = await registry.Sweeps();
        Assert.Equal([("damaged", SweepState.Cancelled), ("sound", SweepState.Active)], all.Select(entry => (entry.Id, entry.State)));
        Assert.Equal(["its state in the database is damaged; submitting it again sets it", null], all.Select(entry => entry.Activity.Damage));
        Assert.Equal(SweepState.Cancelled, (await registry.Recall("damaged"))!.State);

        await registry.Enter("damaged", "", s_plan, new Dictionary<string, Matrix>());
        Assert.All(await registry.Sweeps(), entry => Assert.Equal((SweepState.Active, null), (entry.State, entry.Activity.Damage)));
    }

    [SkippableTheory]
    [InlineData("first_cell = '\\x00'")]
    [InlineData("part = -1")]
    public async Task A_damaged_record_of_what_is_done_is_left_out(string damage)
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix>());
        long epoch = (await registry.Claim("s"))!.Value;
        await registry.Note("s", epoch, SweepState.Active, 0, 0, new RecordedParts(s_plan.Planned(0).Key, [new DonePart(0, [1]), new DonePart(1, [1])]));
        Assert.Equal(2, (await registry.Recall("s"))!.Parts!.Parts.Count);

        PostgreSqlServer.Execute(Connection, $"UPDATE rnnsweep_done SET {damage} WHERE part = 1");
        Assert.Equal(0, Assert.Single((await registry.Recall("s"))!.Parts!.Parts).Index);
    }

    [SkippableFact]
    public async Task Removed_sweeps_leave_nothing_but_what_others_need()
    {
        (ISweepRegistry open, IResultStore store) = await Open();
        var registry = (PostgreSqlRegistry)open;
        var matrix = new Matrix(2, 2, [1, 2, 3, 4]);
        string digest = matrix.Digest();
        await registry.Enter("gone", "", s_plan, new Dictionary<string, Matrix> { [digest] = matrix });
        await registry.Enter("stays", "", s_plan, new Dictionary<string, Matrix>());
        await registry.Hold("gone", "silo", new HeldLease(1, [1]), []);
        await registry.Lose("gone", 0, "other silo", new Dictionary<long, int> { [1] = 1 });
        CellResult[] results = [.. Enumerable.Range(1, 3).Select(Result)];
        store.Add(results, [new ReadingFailure(results[0].Key, 7, "why")]);
        Assert.Equal(results.Select(result => result.Key).Order(), (await registry.StoredCells()).Order());
        var request = new RemovalRequest(["gone", "stays"], ["gone"], [results[0].Key, results[1].Key, CellKey.Of(new CellSpec { Seed = 99 })]);

        var active = await Assert.ThrowsAsync<StoreUnreachableException>(() => registry.Remove(request, isDry: false));
        Assert.Contains("nothing was removed", active.Message, StringComparison.Ordinal);
        await registry.Note("gone", 0, SweepState.Cancelled, 1, 0);
        await Assert.ThrowsAsync<StoreUnreachableException>(() => registry.Remove(request with { AllSweeps = ["gone"] }, isDry: false));

        Assert.Equal(new Removal(1, 2, 4), await registry.Remove(request, isDry: true));
        Assert.Equal((2, 6), ((await registry.Sweeps()).Count, store.Count()));

        Assert.Equal(new Removal(1, 2, 4), await registry.Remove(request, isDry: false));
        Assert.Equal(["stays"], (await registry.Sweeps()).Select(sweep => sweep.Id));
        Assert.Equal([results[2].Key], await registry.StoredCells());
        Assert.Equal(2, store.Count());
        Assert.Empty(store.Failures());
        await Assert.ThrowsAsync<KeyNotFoundException>(() => registry.Matrix(digest));

        await registry.Enter("gone", "", s_plan, new Dictionary<string, Matrix>()); // as a new sweep
        Assert.Empty((await registry.Recall("gone"))!.Held);
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

        await registry.Note("s", 0, SweepState.Active, done: 3, failed: 0);

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

        await Assert.ThrowsAsync<StoreDamagedException>(() => registry.Lose("s", 0, "silo", new Dictionary<long, int> { [1] = 1, [100] = 1 }));

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
        await registry.Lose("s", 0, "another", new Dictionary<long, int> { [2] = 1 });
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

    [SkippableTheory]
    [InlineData("127.0.0.1")]
    [InlineData("fe80::1:2")]
    public async Task A_silo_that_has_been_declared_dead_records_no_lease(string address)
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", "", s_plan, new Dictionary<string, Matrix>());
        PostgreSqlServer.Execute(
            Connection,
            "INSERT INTO OrleansMembershipVersionTable VALUES ('rnnsweep', 1);"
                + "INSERT INTO OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime) "
                + $"SELECT 'rnnsweep', '{address}', 20001, generation, '', '', status, 0, now(), now() FROM (VALUES (5, 6), (7, 3)) AS silos (generation, status)");
        string dead = SiloAt(generation: 5), next = SiloAt(generation: 7), unknown = SiloAt(generation: 8);
        await registry.Hold("s", dead, new HeldLease(1, [1]), []);
        await registry.Hold("s", next, new HeldLease(2, [1]), []);
        await registry.Hold("s", unknown, new HeldLease(3, [2]), []);
        Assert.Equal([next, unknown], (await registry.Recall("s"))!.Held.Select(held => held.Silo));

        // What it recorded before is deleted as ever.
        PostgreSqlServer.Execute(Connection, "UPDATE OrleansMembershipTable SET Status = 6");
        await registry.Hold("s", next, new HeldLease(4, [3]), [2]);
        Assert.Equal([unknown], (await registry.Recall("s"))!.Held.Select(held => held.Silo));

        string SiloAt(int generation) => SiloAddress.New(new IPEndPoint(IPAddress.Parse(address), 20001), generation).ToParsableString();
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
