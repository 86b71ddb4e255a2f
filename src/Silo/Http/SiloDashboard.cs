using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;

namespace RnnSweep.Silo.Http;

/// <summary>
/// Orleans' Dashboard under <c>/dashboard</c>: silos, grains and their calls. Its services belong to the container of the silo, and its pages are served by
/// the server that started before the silo, so they have a pipeline of their own.
/// </summary>
internal sealed class SiloDashboard
{
    public const string Path = "/dashboard";

    // The pages load nothing from elsewhere; this holds them to it.
    private const string Policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'";

    private readonly IServiceProvider _silo;
    private readonly RequestDelegate _pages;

    /// <summary>Creates the pages of a silo that has started.</summary>
    public SiloDashboard(IServiceProvider silo)
    {
        _silo = silo;
        var pipeline = new ApplicationBuilder(silo);
        pipeline.UseRouting().UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Path));
        _pages = pipeline.Build();
    }

    /// <summary>
    /// Adds the services to a silo. Every silo has them, because Orleans may place the Dashboard's grain on any; one without HTTP collects no metrics for it.
    /// The stream of log entries is off: it would show entries that the log leaves out.
    /// </summary>
    public static void AddTo(ISiloBuilder silo, bool isServed)
    {
        IServiceCollection services = silo.Services;
        HashSet<ServiceDescriptor> before = [.. services];
        silo.AddDashboard(options => options.HideTrace = true);
        foreach (ServiceDescriptor added in services.Where(service => !before.Contains(service)).ToArray())
        {
            if (added.ServiceType == typeof(ILoggerProvider) || (added.ServiceType == typeof(IHostedService) && !isServed))
            {
                services.Remove(added);
            }
        }

        services.AddRouting().AddSingleton(new DiagnosticListener("Microsoft.AspNetCore"));
    }

    /// <summary>Answers a request below <see cref="Path"/>.</summary>
    public Task Answer(HttpContext context)
    {
        context.RequestServices = _silo;
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return _pages(context);
    }
}
