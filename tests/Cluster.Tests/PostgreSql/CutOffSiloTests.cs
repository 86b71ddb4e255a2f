using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>A silo that the other silos reach, but not the database.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class CutOffSiloTests(PostgreSqlServer server)
{
    [SkippableFact]
    public async Task A_sweep_finishes_while_the_silo_that_kept_it_is_cut_off_from_the_database()
    {
        // Each experiment has its own lease, and takes some tenths of a second.
        ResolvedSweep sweep = SweepFileReader.Read(null, ["hidden_size=128", "sequence_length=500", "replicates=1", "spectral_radius=0.5..1.09:0.01"], out _)!;
        string id = ClusterEngine.IdOf(sweep), connection = server.CreateDatabase();
        using var proxy = new DatabaseProxy(connection);
        await using ClusterDatabase cutDatabase = await ClusterDatabase.OpenOrCreate(proxy.ConnectionString), database = await ClusterDatabase.OpenOrCreate(connection);
        ClusterSilo cut = await SmallSilo.Start(cutDatabase);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);
        ISweepGrain grain = client.Grains.GetGrain<ISweepGrain>(id);
        Assert.Null(await grain.Submit(ClusterEngine.Submission(sweep))); // the grain is activated on the only silo
        await using ClusterSilo other = await SmallSilo.Start(database);
        await Wait.Until(() => PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_readings") > 0);
        Assert.Equal("Active", State());

        proxy.Cut();
        await Wait.Until(() => State() == "Finished");
        Assert.Equal(sweep.Plan.CellCount, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_readings"));
        Assert.True(PostgreSqlServer.Read<long>(connection, "SELECT epoch FROM rnnsweep_sweeps") > 1, "the sweep has stayed on its silo");

        // When the cut ends, the silo stores what it has computed, which changes nothing.
        proxy.Mend();
        await cut.DisposeAsync();
        Assert.Equal(sweep.Plan.CellCount, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_readings"));

        string State() => PostgreSqlServer.Read<string>(connection, $"SELECT state FROM rnnsweep_sweeps WHERE id = '{id}'");
    }
}
