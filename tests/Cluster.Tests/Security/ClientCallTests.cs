using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Serialization;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>What a client may call on a cluster's silos, and which errors it gets.</summary>
[Collection(SecurityTests.Name)]
public sealed class ClientCallTests(PostgreSqlServer server)
{
    private const string Text = "name: s\nhidden_size: 4\n";

    [SkippableFact]
    public async Task A_client_may_submit_and_follow_sweeps_but_neither_take_leases_nor_manage_silos()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);
        ISweepGrain sweep = client.Grains.GetGrain<ISweepGrain>(StoredSweep.IdOf("s", Text));
        var other = SiloAddress.New(IPAddress.Loopback, 1, 1);
        var management = client.Grains.GetGrain<IManagementGrain>(0);

        Assert.Null(await sweep.Submit(new SweepSubmission(Text, [])));
        foreach (Func<Task> forbidden in new Func<Task>[]
        {
            () => sweep.Take(other),
            () => sweep.Settle([new ExperimentReport(0, [])]),
            () => sweep.Renew(other, [new HeldLease(1, [0])]),
            () => sweep.GiveBack([1]),
            () => client.Grains.GetGrain<IExperimentGrain>("k").Run("s", 1),
            () => management.ForceActivationCollection(TimeSpan.Zero),
            () => management.GetTotalActivationCount(),
            () => management.GetDetailedHosts(),
            () => sweep.AsReference<IGrainManagementExtension>().DeactivateOnIdle().AsTask(),
        })
        {
            Assert.Contains("a client of the cluster may not call", (await Assert.ThrowsAsync<UnauthorizedAccessException>(forbidden)).Message, StringComparison.Ordinal);
        }

        await sweep.Pause();
        await sweep.Unpause();

        // The silo's own workers take leases and settle them.
        DateTime deadline = DateTime.UtcNow.AddMinutes(1); // a hang guard
        while (await sweep.Progress() is not { State: SweepState.Finished })
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(50);
        }

        await sweep.Cancel();
    }

    [SkippableFact]
    public async Task A_client_gets_the_errors_of_the_silos_store()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterSilo silo = await SmallSilo.Start(database);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);
        string id = StoredSweep.IdOf("s", Text);
        Assert.Null(await client.Grains.GetGrain<ISweepGrain>(id).Progress()); // activates the grain

        PostgreSqlServer.Execute(connection, "ALTER TABLE rnnsweep_matrices RENAME TO elsewhere; ALTER TABLE rnnsweep_sweeps RENAME TO elsewhere_too");
        var error = await Assert.ThrowsAsync<StoreDamagedException>(() => client.Grains.GetGrain<ISweepGrain>(id).Submit(new SweepSubmission(Text, [])));
        Assert.Contains("does not have the tables of this version", error.Message, StringComparison.Ordinal);

        // A grain that cannot be activated passes the reason on, too.
        await Assert.ThrowsAsync<StoreDamagedException>(() => client.Grains.GetGrain<ISweepGrain>("another").Progress());
    }

    [Fact]
    public void Errors_of_a_store_keep_their_type_message_and_inner_error_when_serialised()
    {
        Serializer serializer = new ServiceCollection().AddSerializer().AddStoreErrors().BuildServiceProvider().GetRequiredService<Serializer>();
        foreach (Exception error in new Exception[] { new StoreUnreachableException("gone"), new StoreUnreachableException("soon") { IsTemporary = true }, new StoreDamagedException("bad", new IOException("disk")) })
        {
            var back = (Exception)serializer.Deserialize<object>(serializer.SerializeToArray<object>(error))!;
            Assert.Equal((error.GetType(), error.Message, error.InnerException?.Message), (back.GetType(), back.Message, back.InnerException?.Message));
            Assert.Equal((error as StoreUnreachableException)?.IsTemporary, (back as StoreUnreachableException)?.IsTemporary);
        }
    }
}
