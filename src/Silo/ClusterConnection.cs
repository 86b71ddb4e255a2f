using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Messaging;
using RnnSweep.Core.Results;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Silo;

/// <summary>A client's connection to a cluster: its grains by way of its silos, its results by way of its database.</summary>
public sealed class ClusterConnection : IAsyncDisposable
{
    // A silo on a busy machine may need many seconds to answer the first call. Connections that fail are given up sooner (Patience).
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly IHost _host;

    private ClusterConnection(IHost host) => _host = host;

    /// <summary>Calls the cluster's grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IClusterClient>();

    /// <summary>Connects to a cluster.</summary>
    /// <param name="database">The cluster's database; stays the caller's.</param>
    /// <param name="certificates">Certificates for TLS with the silos; null for none.</param>
    /// <param name="logging">Where the client's log goes.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="StoreUnreachableException">No silo is there.</exception>
    public static async Task<ClusterConnection> Open(
        ClusterDatabase database, ClusterCertificates? certificates, ILoggerProvider? logging, CancellationToken cancellation)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        if (logging is not null)
        {
            builder.Logging.AddProvider(logging);
        }

        builder.UseOrleansClient(client => certificates?.Secure(client));
        builder.UseOrleansClient(client => client
            .UsePostgreSqlClustering(database)
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterSilo.ClusterId, ClusterSilo.ClusterId))
            .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10)) // nobody tells a client of a silo that died
            .Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5))
            .UseConnectionRetryFilter(new Patience(certificates))
            .AddActivityPropagation());
        IHost host = builder.Build();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            await host.StartAsync(patience.Token);
            return new ClusterConnection(host);
        }
        catch (Exception error)
        {
            host.Dispose();
            cancellation.ThrowIfCancellationRequested();
            string others = certificates is null ? "those with TLS want --certificate and --trust" : certificates.Refusal ?? "those that are up may not take this certificate";
            throw new StoreUnreachableException(
                $"no silo of the cluster of {database.Name} {(error is OperationCanceledException ? "has answered" : $"can be reached ({error.GetType().Name})")}; 'rnnsweep silo' starts one; {others}");
        }
    }

    /// <summary>Disconnects.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    // A silo that was killed just now is still on the list, for as long as it takes the others to miss it. One that was not let in is told at once, or gives up
    // much sooner than Orleans would.
    private sealed class Patience(ClusterCertificates? certificates) : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15), s_pause = TimeSpan.FromSeconds(1);
        private readonly long _start = Stopwatch.GetTimestamp();

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (exception is not (OrleansMessageRejectionException or ConnectionFailedException)
                || certificates?.Refusal is not null || Stopwatch.GetElapsedTime(_start) > s_limit)
            {
                return false;
            }

            await Task.Delay(s_pause, cancellationToken);
            return true;
        }
    }
}
