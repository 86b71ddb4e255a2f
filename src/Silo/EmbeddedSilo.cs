using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using RnnSweep.Grains;
using RnnSweep.Silo.Connections;

namespace RnnSweep.Silo;

/// <summary>A cluster of one silo inside this process. Its membership is in memory, and it opens no socket, so no other process can join it.</summary>
public sealed class EmbeddedSilo : IAsyncDisposable
{
    // Orleans requires an address; nothing listens on it.
    private static readonly IPEndPoint s_address = new(IPAddress.Loopback, 11111);

    private readonly IHost _host;
    private SiloWork? _work;
    private Workers? _workers;

    private EmbeddedSilo(ILoggerProvider? logging, TimeProvider clock)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("RnnSweep", LogLevel.Information)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error); // at each start it warns of a stall as long as the machine's uptime
        if (logging is not null)
        {
            builder.Logging.AddProvider(logging);
        }

        builder.Services.AddSingleton<TimeProvider>(new SteadyClock(clock));
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(s_address.Port, gatewayPort: 0, serviceId: "rnnsweep", clusterId: "embedded")
                .Configure<EndpointOptions>(options => options.AdvertisedIPAddress = s_address.Address)
                .AddSweeps(() => _work ?? throw NoWork(), _ => _workers ?? throw NoWork());
            silo.Services.ReplaceListeners(new NoConnections());
        });
        _host = builder.Build();
    }

    /// <summary>Creates references to the silo's grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo without work.</summary>
    /// <param name="logging">Where the silo's log goes.</param>
    /// <param name="clock">The machine's clock, or a test's.</param>
    /// <param name="cancellation">Ends the start early, when the silo is not needed any more.</param>
    /// <exception cref="OperationCanceledException">The start was cancelled.</exception>
    public static async Task<EmbeddedSilo> Start(ILoggerProvider? logging = null, TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var silo = new EmbeddedSilo(logging, clock ?? TimeProvider.System);
        try
        {
            await silo._host.StartAsync(cancellation);
            return silo;
        }
        catch
        {
            await FailedStart.End(silo._host);
            throw;
        }
    }

    /// <summary>Gives the silo's grains their work, and returns the leases that they grant.</summary>
    /// <param name="work">The sweep, with its ledger.</param>
    /// <param name="workers">The workers that run the experiments of this process. The caller starts and stops them.</param>
    public SweepLeases GiveWork(SiloWork work, Workers workers)
    {
        (_work, _workers) = (work, workers);
        return _host.Services.GetRequiredService<SweepLeases>();
    }

    /// <summary>Stops the silo. The workers must have been stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static InvalidOperationException NoWork() => new("the silo has no work yet");
}
