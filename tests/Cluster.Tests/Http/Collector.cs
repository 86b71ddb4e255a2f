using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace RnnSweep.Cluster.Tests.Http;

/// <summary>
/// A collector of OpenTelemetry's protocol over HTTP, which keeps what it receives. Protobuf writes texts as plain UTF-8, so they are found without a parser.
/// </summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();

    private Collector()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        _application.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _received.Enqueue((context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
            context.Response.ContentType = "application/x-protobuf"; // an empty message: all is accepted
        });
    }

    public string Url => _application.Urls.Single();

    public bool IsEmpty => _received.IsEmpty;

    public static async Task<Collector> Start()
    {
        var collector = new Collector();
        await collector._application.StartAsync();
        return collector;
    }

    /// <summary>Whether a request to a path had each of the texts.</summary>
    public bool Has(string path, params string[] texts) =>
        _received.Any(request => request.Path == path && texts.All(text => request.Body.Contains(text, StringComparison.Ordinal)));

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
