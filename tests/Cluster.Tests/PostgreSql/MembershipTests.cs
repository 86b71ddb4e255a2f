using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Real silos on real ports, which find each other and detect each other's death through the database.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class MembershipTests(PostgreSqlServer server)
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public async Task Silos_and_clients_find_each_other_and_detect_silos_that_leave_or_crash()
    {
        string connection = server.CreateDatabase();

        // All start at once in an empty database, each with its own connection, as on three machines.
        ClusterDatabase[] databases = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => ClusterDatabase.OpenOrCreate(connection))));
        IHost[] silos = await Task.WhenAll(databases.Select(database => Task.Run(() => DatabaseSilo.Start(database))));
        await using ClusterDatabase clientDatabase = await ClusterDatabase.Open(connection);
        IHost client = await DatabaseSilo.StartClient(clientDatabase);
        try
        {
            var management = client.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            Assert.Equal(Addresses(silos), await Active(management));

            await silos[0].StopAsync(); // leaves gracefully
            await Until(management, Addresses(silos[1..]));
            Assert.Equal(SiloStatus.Dead, (await management.GetHosts()).Single(host => host.Key.Equals(DatabaseSilo.Address(silos[0]))).Value);

            await silos[1].StopAsync(new CancellationToken(canceled: true)); // stops without leaving, so its activations are lost
            await Until(management, Addresses(silos[2..]));

            // A silo that joins later is found as well.
            IHost late = await DatabaseSilo.Start(databases[0]);
            silos = [.. silos, late];
            await Until(management, Addresses([silos[2], late]));
        }
        finally
        {
            await client.StopAsync();
            client.Dispose();
            foreach (IHost silo in silos[2..])
            {
                await silo.StopAsync();
            }

            Array.ForEach(silos, silo => silo.Dispose());
            Array.ForEach(databases, database => database.Dispose());
        }
    }

    private static IEnumerable<SiloAddress> Addresses(IEnumerable<IHost> silos) => silos.Select(DatabaseSilo.Address).Order();

    private static async Task<IEnumerable<SiloAddress>> Active(IManagementGrain management) => (await management.GetHosts(onlyActive: true)).Keys.Order();

    private static async Task Until(IManagementGrain management, IEnumerable<SiloAddress> expected)
    {
        DateTime deadline = DateTime.UtcNow + s_hang;
        IEnumerable<SiloAddress> active = [];
        while (DateTime.UtcNow < deadline)
        {
            try
            {
                active = await Active(management);
                if (active.SequenceEqual(expected))
                {
                    return;
                }
            }
            catch (Exception error) when (error is TimeoutException or OrleansException)
            {
                // The call was sent to the silo that has stopped.
            }

            await Task.Delay(100);
        }

        Assert.Equal(expected, active);
    }
}
