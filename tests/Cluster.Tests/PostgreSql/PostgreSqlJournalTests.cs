using System.Data;
using RnnSweep.Cluster.Tests.Journals;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

[Collection(PostgreSqlTests.Name)]
public sealed class PostgreSqlJournalTests(PostgreSqlServer server) : JournalConformance, IDisposable
{
    private readonly List<ClusterDatabase> _databases = [];
    private string? _connection;

    private string Connection => _connection ??= server.CreateDatabase();

    [SkippableFact]
    public async Task A_damaged_matrix_is_found()
    {
        var matrix = new Matrix(2, 2, [1, 2, 3, 4]);
        string digest = matrix.Digest();
        ISweepJournal journal = await Open();
        await journal.Enter(
            "s",
            new SweepDescription("s", [new("hidden_size", false, null, [new("2")]), new("weights", false, null, [new("w.npy", digest)])]),
            new Dictionary<string, Matrix> { [digest] = matrix });
        foreach (string damage in new[] { "content = set_byte(content, 9, 77)", "content = '\\x00'", "rows = 4, columns = 1", "rows = -2, columns = -2" })
        {
            PostgreSqlServer.Execute(Connection, $"CREATE TABLE kept AS SELECT * FROM rnnsweep_matrices; UPDATE rnnsweep_matrices SET {damage}");
            await Assert.ThrowsAsync<StoreDamagedException>(() => journal.Matrix(digest));
            PostgreSqlServer.Execute(
                Connection, "DELETE FROM rnnsweep_matrices; INSERT INTO rnnsweep_matrices SELECT * FROM kept; DROP TABLE kept");
            Assert.Equal(matrix.Values, (await journal.Matrix(digest)).Values);
        }
    }

    [SkippableFact]
    public async Task A_silo_that_stops_within_a_transaction_does_not_keep_others_from_going_on()
    {
        ISweepJournal journal = await Open();
        await journal.Enter("s", new SweepDescription("s", []), new Dictionary<string, Matrix>());
        await using ClusterDatabase stopped = await ClusterDatabase.Open(Connection);
        var isLocked = new TaskCompletionSource();
        var goesOn = new TaskCompletionSource();
        Task transaction = stopped.Transact(IsolationLevel.ReadCommitted, async connection =>
        {
            await new Statement("UPDATE rnnsweep_sweeps SET last_event = 7 WHERE id = 's'").ExecuteAsync(connection);
            isLocked.SetResult();
            await goesOn.Task;
            return true;
        });
        await isLocked.Task;

        await journal.Note("s", new SweepChange { Outcomes = [(3, null)] });

        goesOn.SetResult();
        await Assert.ThrowsAsync<StoreUnreachableException>(() => transaction);
        Assert.Equal(new SweepEvent(1, 3, null), Assert.Single(await journal.Events("s", 0, 10)));
    }

    [SkippableFact]
    public async Task A_change_that_the_database_refuses_half_way_leaves_nothing()
    {
        ISweepJournal journal = await Open();
        await journal.Enter("s", new SweepDescription("s", []), new Dictionary<string, Matrix>());
        PostgreSqlServer.Execute(Connection, "ALTER TABLE rnnsweep_events ADD CHECK (experiment < 100)");

        await Assert.ThrowsAsync<StoreDamagedException>(() => journal.Note("s", new SweepChange
        {
            Granted = [new HeldLease(1, "silo", [1])],
            Outcomes = [(1, null), (100, null)],
            State = SweepState.Finished,
        }));

        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.Equal((SweepState.Active, 0, 0), (memory.State, memory.Leases.Length, memory.LastLease));
        Assert.Empty(await journal.Events("s", 0, 10));
    }

    [SkippableFact]
    public async Task What_was_noted_is_there_after_a_crash_of_the_server()
    {
        ISweepJournal journal = await Open();
        await journal.Enter("s", new SweepDescription("s", []), new Dictionary<string, Matrix>());
        await journal.Note("s", new SweepChange { Granted = [new HeldLease(1, "silo", [1])], Outcomes = [(1, "a \0 b")] });
        server.Stop(PostgreSqlServer.StopMode.Immediate);
        try
        {
            await Assert.ThrowsAsync<StoreUnreachableException>(() => journal.Recall("s"));
            await Assert.ThrowsAsync<StoreUnreachableException>(() => journal.Note("s", new SweepChange { Outcomes = [(2, null)] }));
        }
        finally
        {
            server.Start();
        }

        ISweepJournal again = await Open();
        Assert.Equal(new SweepEvent(1, 1, "a \ufffd b"), Assert.Single(await again.Events("s", 0, 10)));
        Assert.Equal(1, (await again.Recall("s"))!.LastLease);
    }

    public void Dispose() => _databases.ForEach(database => database.Dispose());

    protected override async Task<ISweepJournal> Open()
    {
        ClusterDatabase database = await ClusterDatabase.OpenOrCreate(Connection);
        lock (_databases)
        {
            _databases.Add(database);
        }

        return new PostgreSqlJournal(database);
    }
}
