using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo.Connections;
using RnnSweep.Silo.Http;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Silo;

/// <summary>A silo of a cluster that keeps its membership and its results in a PostgreSQL database.</summary>
public sealed class ClusterSilo : IAsyncDisposable
{
    /// <summary>The cluster's name in the membership table.</summary>
    internal const string ClusterId = "rnnsweep";

    // Orleans logs a message that cannot be read as an error, and once more as a warning when it closes the connection.
    private const string ConnectionCategory = "Orleans.Runtime.Messaging.Connection";

    private static readonly TimeSpan s_iAmAliveInterval = TimeSpan.FromSeconds(3), s_deadSilosKept = TimeSpan.FromDays(1);

    private readonly IHost _host;
    private readonly Lazy<SiloDashboard> _dashboard;

    private ClusterSilo(IHost host) => (_host, _dashboard) = (host, new(() => new SiloDashboard(host.Services)));

    /// <summary>The endpoint for other silos.</summary>
    public string Address => _host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint.ToString();

    /// <summary>The endpoint for clients.</summary>
    public string Gateway => _host.Services.GetRequiredService<ILocalSiloDetails>().GatewayAddress.Endpoint.ToString();

    /// <summary>Whether it is an active member of its cluster, as far as it knows itself.</summary>
    public bool IsActive => _host.Services.GetRequiredService<ISiloStatusOracle>().CurrentStatus == SiloStatus.Active;

    /// <summary>Whether its database has answered the last time that this silo asked.</summary>
    internal bool DatabaseAnswers => _host.Services.GetRequiredService<StoreHealth>().IsAnswering;

    /// <summary>Orleans' Dashboard on this silo.</summary>
    internal SiloDashboard Dashboard => _dashboard.Value;

    /// <summary>Starts a silo that joins the cluster.</summary>
    /// <param name="database">The cluster's database, which the caller disposes.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="logging">Where its log goes.</param>
    /// <param name="onFatal">Called when the silo cannot go on, for example because the others have declared it dead. It must end the process.</param>
    /// <param name="cancellation">Ends the wait for the cluster.</param>
    /// <exception cref="StoreUnreachableException">The other silos or the database cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The start was cancelled; the silo has left the cluster.</exception>
    public static async Task<ClusterSilo> Start(
        ClusterDatabase database, ClusterSiloSettings settings, ILoggerProvider logging, Action<string> onFatal, CancellationToken cancellation)
    {
        var members = new ClusterMembers(database);
        await members.RequireVersion();
        (IPEndPoint endPoint, IPEndPoint gateway) = (EndPoint(settings.Listen, settings.SiloPort), EndPoint(settings.Listen, settings.GatewayPort));
        SiloAddress address = await members.NewAddress(endPoint);
        var registry = new PostgreSqlRegistry(database);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(logging) // the provider filters by its own level
            .AddFilter((category, level) => category != ConnectionCategory || level >= LogLevel.Error);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<TimeProvider>(new SteadyClock(TimeProvider.System));
        builder.Services.AddSingleton<ILocalSiloDetails>(new NewSilo(address, gateway));
        var refusals = new RefusalLog(logging.CreateLogger(typeof(RefusalLog).FullName!));
        builder.UseOrleans(silo => settings.Certificates?.Secure(silo, reason => refusals.Add(RefusalKind.Certificate, reason)));
        builder.UseOrleans(silo => ConnectionGuard.AddTo(silo, settings.Connections, refusals));
        builder.UseOrleans(silo => silo
            .UsePostgreSqlClustering(database)
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterId, ClusterId))
            .Configure<ClusterMembershipOptions>(options => Membership(options, settings.JoinTime))
            .Configure<EndpointOptions>(options =>
            {
                (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (settings.Listen, endPoint.Port, gateway.Port);
                (options.SiloListeningEndpoint, options.GatewayListeningEndpoint) = (endPoint, gateway);
            })
            .AddSweeps(new SiloWork(new ClusterCatalogue(registry, settings.Reader, id => new PostgreSqlResultStore(database, id), settings.CacheBytes), registry, settings.Options, settings.Reader)));
        builder.UseOrleans(silo => SiloDashboard.AddTo(silo, settings.HasDashboard));
        builder.Services.AddSingleton<IIncomingGrainCallFilter, ClientCallFilter>();
        builder.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler>(new FatalErrorHandler(onFatal)));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            await members.RequireVersion(); // a silo of another version may have started at the same time
            return new ClusterSilo(host);
        }
        catch (Exception error)
        {
            await FailedStart.End(host); // it may have joined the cluster already
            cancellation.ThrowIfCancellationRequested();
            if (error is OrleansClusterConnectivityCheckFailedException)
            {
                string why = settings.Certificates is null ? "they may want a certificate" : settings.Certificates.Refusal ?? "they may not take this silo's certificate";
                throw new StoreUnreachableException($"this silo cannot reach the others of the cluster of {database.Name}, or they turn it away: {why}");
            }

            if (database.TranslateInner(error) is { } translated)
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>Leaves the cluster gracefully: computed results are stored, and leases are given back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    // For port 0 one that is free.
    private static IPEndPoint EndPoint(IPAddress address, int port)
    {
        if (port != 0)
        {
            return new IPEndPoint(address, port);
        }

        using var listener = new TcpListener(address, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    // A silo counts as dead when two others (one, in a cluster of two) have missed four probes in a row, and have received no message of any kind from it for
    // four times MaxProbeTimeout, eight seconds. A probe waits from one second to two, the longer the later probes were answered, and the fourth goes through
    // a third silo where there is one, so that a broken connection does not count. A killed and a suspended silo are thus detected in about ten seconds, while
    // a silo on a busy machine has eight seconds to answer anything. When all others have died, a joining silo declares those dead that do not answer and have
    // not updated the table for three times IAmAliveTablePublishTimeout.
    private static void Membership(ClusterMembershipOptions options, TimeSpan joinTime)
    {
        options.MaxJoinAttemptTime = joinTime;
        options.ProbeTimeout = options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 4;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        options.IAmAliveTablePublishTimeout = s_iAmAliveInterval;

        // Both compare another silo's time with this machine's. A silo that hangs while it joins does not answer probes, and is declared dead for that.
        options.EvictWhenMaxJoinAttemptTimeExceeded = false;
        options.SiloGenerationRetirementAge = s_deadSilosKept;
        options.DefunctSiloExpiration = s_deadSilosKept;
        options.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
    }

    private sealed class FatalErrorHandler(Action<string> onFatal) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

        public void OnFatalException(object? sender, string? context, Exception? exception) =>
            onFatal(string.Join(": ", new[] { context, exception?.Message }.Where(part => part is { Length: > 0 })));
    }
}
