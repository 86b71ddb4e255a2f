using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using RnnSweep.Grains;
using RnnSweep.Silo.Connections;

namespace RnnSweep.Silo.Http;

/// <summary>
/// What a silo serves by HTTP: <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c> for Prometheus, <c>/dashboard</c>, and the pages of its caller. It starts before
/// the silo, so that probes are answered meanwhile and a port that is in use is found first.
/// </summary>
public sealed class SiloHttp : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly MeterProvider _metrics;

    private SiloHttp(WebApplication application, MeterProvider metrics) => (_application, _metrics) = (application, metrics);

    /// <summary>The URL of the pages, with the port that was bound.</summary>
    public string Address => $"{_application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()}/";

    /// <summary>Starts to listen.</summary>
    /// <param name="settings">The address and the certificates.</param>
    /// <param name="health">The state of the silo.</param>
    /// <param name="logging">Where its log goes.</param>
    /// <param name="map">Adds the caller's pages.</param>
    /// <exception cref="ArgumentException">The address can be reached by other machines, and there are no certificates.</exception>
    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public static async Task<SiloHttp> Start(HttpSettings settings, SiloHealth health, ILoggerProvider logging, Action<IEndpointRouteBuilder>? map = null)
    {
        if (!settings.IsLocal && settings.Certificates is null)
        {
            throw new ArgumentException($"{settings.EndPoint} can be reached by other machines, so it needs certificates", nameof(settings));
        }

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddProvider(logging); // the caller names the error of a start
        builder.Services.AddRoutingCore().AddSingleton<IHostLifetime, NoLifetime>();
        var refusals = new RefusalLog(logging.CreateLogger(typeof(RefusalLog).FullName!));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, settings, reason => refusals.Add(RefusalKind.HttpCertificate, reason)));
        MeterProvider metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(OtlpExport.Resource(OtlpExport.SiloService))
            .AddMeter([.. Telemetry.Meters])
            .AddPrometheusExporter(options => options.ScopeInfoEnabled = false)
            .Build();
        Telemetry.ShowZeros();
        WebApplication application = builder.Build();
        var filter = settings.IsLocal ? new RequestFilter(RequestFilter.IsLoopback, _ => true) : new RequestFilter((_, _) => true, MayRead);
        application.Use(next => context => filter.Invoke(context, next));
        application.UseOpenTelemetryPrometheusScrapingEndpoint(metrics, null, "/metrics", null, null);
        application.Use(next => context => !context.Request.Path.StartsWithSegments(SiloDashboard.Path) ? next(context)
            : health is { IsStopping: false, Silo: { } silo } ? silo.Dashboard.Answer(context)
            : Answer(context.Response, health.Trouble));
        Get("/health/live", () => null);
        Get("/health/ready", () => health.Trouble);
        map?.Invoke(application);
        var http = new SiloHttp(application, metrics);
        try
        {
            await application.StartAsync();
            return http;
        }
        catch
        {
            await http.DisposeAsync();
            throw;
        }

        void Get(string path, Func<string?> trouble) => application.MapGet(path, (RequestDelegate)(context => Answer(context.Response, trouble())));
    }

    /// <summary>Closes the port and every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var timeout = new CancellationTokenSource(s_timeout))
        {
            await _application.StopAsync(timeout.Token);
        }

        await _application.DisposeAsync();
        _metrics.Dispose();
    }

    // Elsewhere than on the loopback interface, /health is served to all: Kubernetes' probes have no certificate, and its answer is a few words about this silo.
    private static bool MayRead(HttpContext context) => context.Connection.ClientCertificate is not null || context.Request.Path.StartsWithSegments("/health");

    private static Task Answer(HttpResponse response, string? trouble)
    {
        (response.StatusCode, response.ContentType) = (trouble is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "text/plain; charset=utf-8");
        return response.WriteAsync($"{trouble ?? "ok"}\n");
    }

    // The number of connections is bounded, and one that reads too slowly is closed, so that no client can slow down the silo.
    private static void Configure(KestrelServerOptions options, HttpSettings settings, Action<string> onRefusal)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = 64;
        options.Limits.MaxRequestHeadersTotalSize = options.Limits.MaxRequestLineSize = 8192;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = options.Limits.KeepAliveTimeout = s_timeout;
        options.Limits.MinResponseDataRate = new MinDataRate(1e6, s_timeout);
        options.Listen(settings.EndPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (!settings.IsLocal)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(settings.Certificates!.ForHttp(onRefusal)), HandshakeTimeout = s_timeout });
            }
        });
    }
}
