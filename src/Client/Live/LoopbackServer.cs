using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RnnSweep.Client.Terminal;
using RnnSweep.Silo.Http;

namespace RnnSweep.Client.Live;

/// <summary>A server-sent event.</summary>
internal readonly record struct ServerEvent(string Name, string Data)
{
    public byte[] Bytes => Encoding.UTF8.GetBytes($"event: {Name}\ndata: {Data.ReplaceLineEndings(" ")}\n\n");
}

/// <summary>
/// Serves a few pages and a stream of events to browsers of this machine, at 127.0.0.1 only, below a path that cannot be guessed, because other users of the
/// machine reach the address, too. The number of connections is bounded, and one that reads too slowly is closed, so that no client can slow down the sweep.
/// Kestrel runs without a host, which would handle the process's signals.
/// </summary>
internal sealed class LoopbackServer : IHttpApplication<HttpContext>, IDisposable
{
    /// <summary>Most event streams at a time.</summary>
    public const int MostStreams = 16;

    private const int MostEventsWaiting = 16, TokenBytes = 16;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _server;
    private readonly RequestFilter _filter;
    private readonly Func<string, byte[]?> _page;
    private readonly Func<ServerEvent> _greeting;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Channel<byte[]>, byte> _streams = new();

    private LoopbackServer(int port, Func<string, byte[]?> page, Func<ServerEvent> greeting)
    {
        (_page, _greeting, _filter) = (page, greeting, new RequestFilter(RequestFilter.IsIPv4Loopback, KnowsRoot));
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = 64;
        options.Limits.MaxRequestHeadersTotalSize = options.Limits.MaxRequestLineSize = 8192;
        options.Limits.RequestHeadersTimeout = options.Limits.KeepAliveTimeout = s_timeout;
        options.Limits.MinResponseDataRate = new MinDataRate(1e6, s_timeout);
        options.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            Endpoint = listen;
        });
        _server = new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
    }

    public int Port => Endpoint!.IPEndPoint!.Port;

    /// <summary>The path below which the pages are, with a slash at both ends. It has a random token; requests without it are refused.</summary>
    public string Root { get; } = $"/{RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true)}/";

    /// <summary>The URL of <see cref="Root"/>.</summary>
    public string Address => $"http://127.0.0.1:{Port}{Root}";

    /// <summary>Number of open event streams.</summary>
    public int Streams => _streams.Count;

    private ListenOptions? Endpoint { get; set; }

    /// <summary>Starts to listen.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="page">Returns the page at a path below <see cref="Root"/>, null where there is none; called from any thread. <c>/events</c> is the event stream.</param>
    /// <param name="greeting">Returns the first event of a stream.</param>
    /// <exception cref="UsageException">The port cannot be bound.</exception>
    public static LoopbackServer Start(int port, Func<string, byte[]?> page, Func<ServerEvent> greeting)
    {
        var server = new LoopbackServer(port, page, greeting);
        try
        {
            server._server.StartAsync(server, CancellationToken.None).GetAwaiter().GetResult();
            return server;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            server.Dispose();
            throw new UsageException($"rnnsweep: --watch cannot listen at 127.0.0.1:{port}: {error.GetBaseException().Message}; --watch alone takes a port that is free");
        }
    }

    /// <summary>Sends an event to all streams, and closes those whose queue is full.</summary>
    public void Send(ServerEvent message)
    {
        byte[] bytes = message.Bytes;
        foreach (Channel<byte[]> stream in _streams.Keys)
        {
            if (!stream.Writer.TryWrite(bytes))
            {
                stream.Writer.TryComplete(new IOException("too slow"));
            }
        }
    }

    /// <summary>Closes the port and every connection.</summary>
    public void Dispose()
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        _end.Cancel();
        using (var stopTimeout = new CancellationTokenSource(s_timeout))
        {
            _server.StopAsync(stopTimeout.Token).GetAwaiter().GetResult();
        }

        _server.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => _filter.Invoke(context, Answer);

    private async Task Answer(HttpContext context)
    {
        string path = context.Request.Path.Value![(Root.Length - 1)..];
        if (path == "/events")
        {
            await Stream(context).ConfigureAwait(false);
        }
        else if (_page(path) is { } page)
        {
            (context.Response.ContentType, context.Response.ContentLength) = ("text/html; charset=utf-8", page.Length);
            await context.Response.Body.WriteAsync(page, context.RequestAborted).ConfigureAwait(false);
        }
        else
        {
            RequestFilter.Refuse(context.Response, StatusCodes.Status404NotFound);
        }
    }

    // The comparison takes the same time for every path of this length, so that its duration does not tell how much of a guess is right.
    private bool KnowsRoot(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        return path.Length >= Root.Length && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(path.AsSpan(0, Root.Length)), MemoryMarshal.AsBytes(Root.AsSpan()));
    }

    private async Task Stream(HttpContext context)
    {
        var events = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostEventsWaiting) { SingleReader = true });
        if (_streams.Count >= MostStreams || !_streams.TryAdd(events, 0))
        {
            RequestFilter.Refuse(context.Response, StatusCodes.Status503ServiceUnavailable);
            return;
        }

        using var disconnected = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, context.RequestAborted);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.WriteAsync(_greeting().Bytes, disconnected.Token).ConfigureAwait(false);
            await foreach (byte[] message in events.Reader.ReadAllAsync(disconnected.Token).ConfigureAwait(false))
            {
                await context.Response.Body.WriteAsync(message, disconnected.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The browser has disconnected, or the server stops.
        }
        catch (IOException)
        {
            context.Abort();
        }
        finally
        {
            _streams.TryRemove(events, out _);
        }
    }
}
