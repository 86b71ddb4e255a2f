using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>What a client that follows a sweep copies from the cluster's database.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class ReadingCopyTests(PostgreSqlServer server)
{
    private readonly SweepPlan _plan = SmallSweep.Plan("hidden_size=4", "spectral_radius=0.5,1,1.5", "sequence_length=5", "replicates=2");

    [SkippableFact]
    public async Task Readings_of_the_sweep_are_copied_at_once_and_those_stored_for_another_one_only_when_cells_are_done()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        CellResult[] results = [.. Enumerable.Range(0, 3).SelectMany(i => SmallSweep.Runner().Run(_plan.Experiments[i], null, CancellationToken.None).Results)];
        foreach (string sweep in (string[])["own", "other"])
        {
            await new PostgreSqlRegistry(database).Enter(sweep, "", _plan, new Dictionary<string, Matrix>());
        }

        using var store = new MemoryStore();
        var own = new PostgreSqlResultStore(database, "own");
        var copy = new ReadingCopy(_plan, store) { OthersInterval = TimeSpan.Zero };
        string cursor = own.Cursor();
        own.Add([results[0]], []);
        await Wait.Until(() => own.CellsAdded(cursor, own.Cursor()).Count == 1); // another transaction may hold back the cursor
        Copy(done: 1);
        Assert.Equal([results[0].Key], store.Replicates().Select(cell => cell.Key));

        // No cell of this sweep is done: it does not have the cells of the other one, as far as the client knows.
        new PostgreSqlResultStore(database, "other").Add([results[1]], []);
        Copy(done: 1);
        Assert.Equal(2, store.Count());

        await CopyUntil(done: 2, readings: 4);
        Assert.Equal(0, store.Doubles);

        // Nothing is compared while no other cell is done.
        new PostgreSqlResultStore(database, "other").Add([results[2]], []);
        int asked = store.Asked;
        Copy(done: 2);
        Assert.Equal((4, asked), (store.Count(), store.Asked));
        await CopyUntil(done: 3, readings: 6);

        // The time that one comparison takes may hold back the next.
        Task CopyUntil(long done, long readings) => Wait.Until(() =>
        {
            Copy(done);
            return store.Count() == readings;
        });

        void Copy(long done)
        {
            string next = own.Cursor();
            copy.CopyAdded(own, cursor, next, done, CancellationToken.None);
            cursor = next;
        }
    }

    [SkippableFact]
    public async Task Readings_stored_for_other_sweeps_are_looked_for_once_in_a_while()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        using var store = new MemoryStore();
        var own = new PostgreSqlResultStore(database, "own");
        var copy = new ReadingCopy(_plan, store) { OthersInterval = TimeSpan.FromHours(1) };
        copy.CopyAdded(own, "3", own.Cursor(), done: 1, CancellationToken.None);
        copy.CopyAdded(own, "3", own.Cursor(), done: 2, CancellationToken.None);
        Assert.Equal(0, store.Asked);
    }
}
