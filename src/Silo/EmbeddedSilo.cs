using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>A cluster of one silo inside this process: free ports, loopback only, membership in memory.</summary>
public sealed class EmbeddedSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private EmbeddedSilo(IHost host) => _host = host;

    /// <summary>Calls grains of the silo.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>What ended the storing of results; null as long as nothing did.</summary>
    public Exception? Fault => _host.Services.GetRequiredService<ResultReporter>().Fault;

    /// <summary>Starts the silo.</summary>
    /// <param name="catalogue">The sweeps it serves.</param>
    /// <param name="journal">What its sweep grains are rebuilt from.</param>
    /// <param name="store">Where results go; stays the caller's.</param>
    /// <param name="parallelism">Number of cells computed at a time.</param>
    /// <param name="logging">Where the silo's log goes.</param>
    public static async Task<EmbeddedSilo> Start(
        ISweepCatalogue catalogue, ISweepJournal journal, IResultStore store, int parallelism, ILoggerProvider? logging = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        if (logging is not null)
        {
            builder.Logging.AddProvider(logging);
        }

        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(IPAddress.Loopback), gatewayPort: 0, serviceId: "rnnsweep", clusterId: "embedded")
            .Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback)
            .AddSweeps(catalogue, journal, store, WorkOptions.Embedded(parallelism)));
        IHost host = builder.Build();
        await host.StartAsync();
        return new EmbeddedSilo(host);
    }

    /// <summary>Stops the silo in good order: leases go back, results under way are stored.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    internal static int FreePort(IPAddress address)
    {
        using var listener = new TcpListener(address, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
