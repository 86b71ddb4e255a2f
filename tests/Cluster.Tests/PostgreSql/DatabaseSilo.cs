using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Hosts in this process that are members or clients of a cluster with a database, without grains except Orleans' own.</summary>
internal static class DatabaseSilo
{
    /// <summary>A silo that is not started.</summary>
    public static IHost Build(ClusterDatabase database, TimeProvider? machine = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo
            .UsePostgreSqlClustering(database, machine ?? TimeProvider.System)
            .Configure<ClusterOptions>(Name)
            .Configure<EndpointOptions>(options =>
                (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback, FreePort(), FreePort()))
            .Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 2;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
            }));
        return builder.Build();
    }

    public static async Task<IHost> Start(ClusterDatabase database)
    {
        IHost silo = Build(database);
        await silo.StartAsync();
        return silo;
    }

    /// <summary>A client that is not started.</summary>
    public static IHost BuildClient(ClusterDatabase database)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client
            .UsePostgreSqlClustering(database)
            .Configure<ClusterOptions>(Name)
            .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(5))
            .Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2)));
        return builder.Build();
    }

    public static async Task<IHost> StartClient(ClusterDatabase database)
    {
        IHost client = BuildClient(database);
        await client.StartAsync();
        return client;
    }

    public static SiloAddress Address(IHost silo) => silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    private static void Name(ClusterOptions options) => (options.ClusterId, options.ServiceId) = ("tests", "tests");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
