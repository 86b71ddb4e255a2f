using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>A cluster of one silo inside this process. Its membership is in memory, and it opens no socket, so no other process can join it.</summary>
public sealed class EmbeddedSilo : IAsyncDisposable
{
    // Orleans requires an address; nothing listens on it.
    private static readonly IPEndPoint s_address = new(IPAddress.Loopback, 11111);

    private readonly IHost _host;
    private SiloWork? _work;

    private EmbeddedSilo(ILoggerProvider? logging, TimeProvider clock)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
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
                .AddSweeps(() => _work ?? throw new InvalidOperationException("the silo has no work yet"));
            NoConnections.ReplaceListeners(silo.Services);
        });
        _host = builder.Build();
    }

    /// <summary>The workers; available after <see cref="StartWork"/>.</summary>
    public Workers Workers => _host.Services.GetRequiredService<Workers>();

    /// <summary>Creates references to the silo's grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo without work.</summary>
    /// <param name="logging">Where the silo's log goes.</param>
    /// <param name="clock">The machine's clock, or a test's.</param>
    public static async Task<EmbeddedSilo> Start(ILoggerProvider? logging = null, TimeProvider? clock = null)
    {
        var silo = new EmbeddedSilo(logging, clock ?? TimeProvider.System);
        await silo._host.StartAsync();
        return silo;
    }

    /// <summary>Starts to run the open experiments of the sweeps of a catalogue.</summary>
    public void StartWork(SiloWork work)
    {
        _work = work;
        Workers.Start();
    }

    /// <summary>Stops the silo. The workers must have been stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
