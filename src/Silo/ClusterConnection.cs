using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Messaging;
using RnnSweep.Core.Results;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Silo;

/// <summary>A client's connection to the silos of a cluster. Results are read from the database, not through this connection.</summary>
public sealed class ClusterConnection : IAsyncDisposable
{
    // A silo on a busy machine may need many seconds to answer the first call. Failing connections are retried for a shorter time (RetryFilter).
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(1);

    // A silo that was just killed stays in the membership table until the others detect its death.
    private static readonly TimeSpan s_retryTime = TimeSpan.FromSeconds(15);

    private readonly IHost _host;

    private ClusterConnection(IHost host) => _host = host;

    /// <summary>Creates references to the cluster's grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IClusterClient>();

    /// <summary>Connects to a cluster.</summary>
    /// <param name="database">The cluster's database, which the caller disposes.</param>
    /// <param name="certificates">Certificates for TLS with the silos; null for no TLS.</param>
    /// <param name="logging">Where the client's log goes.</param>
    /// <param name="cancellation">Ends the wait for a silo.</param>
    /// <param name="retryTime">How long failing connections are retried; null for 15 s.</param>
    /// <exception cref="StoreUnreachableException">No silo, or the database, can be reached, or a silo has another version.</exception>
    public static async Task<ClusterConnection> Open(
        ClusterDatabase database, ClusterCertificates? certificates, ILoggerProvider? logging, CancellationToken cancellation, TimeSpan? retryTime = null)
    {
        await new ClusterMembers(database).RequireVersion();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<TimeProvider>(new SteadyClock(TimeProvider.System));
        if (logging is not null)
        {
            builder.Logging.AddProvider(logging);
        }

        builder.Services.AddStoreErrors();
        builder.UseOrleansClient(client => certificates?.Secure(client));
        builder.UseOrleansClient(client => client
            .UsePostgreSqlClustering(database)
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterSilo.ClusterId, ClusterSilo.ClusterId))
            .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10)) // a client is not notified when a silo dies
            .Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5))
            .UseConnectionRetryFilter(new RetryFilter(certificates, retryTime ?? s_retryTime))
            .AddActivityPropagation());
        IHost host = builder.Build();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(s_startTimeout);
        try
        {
            await host.StartAsync(timeout.Token);
            return new ClusterConnection(host);
        }
        catch (Exception error)
        {
            host.Dispose();
            cancellation.ThrowIfCancellationRequested();
            if (database.TranslateInner(error) is { } translated)
            {
                throw translated;
            }

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

    // A client whose TLS handshake fails, or that cannot connect, stops much sooner than Orleans would.
    private sealed class RetryFilter(ClusterCertificates? certificates, TimeSpan limit) : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
        private readonly long _start = Stopwatch.GetTimestamp();

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (exception is not (OrleansMessageRejectionException or ConnectionFailedException)
                || certificates?.Refusal is not null || Stopwatch.GetElapsedTime(_start) > limit)
            {
                return false;
            }

            await Task.Delay(s_pause, cancellationToken);
            return true;
        }
    }
}
