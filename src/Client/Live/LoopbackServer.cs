using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using RnnSweep.Client.Commands;

namespace RnnSweep.Client.Live;

/// <summary>
/// Serves a few pages and a stream of events to browsers of this machine, at 127.0.0.1 and nowhere else. It holds a bounded number of connections, and those
/// that read too slowly are dropped: whatever is done to it, the sweep goes on.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    /// <summary>The most streams of events at a time.</summary>
    public const int MostStreams = 16;

    private const int MostConnections = 64, MostHeadBytes = 8192, MostEventsWaiting = 16;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener;
    private readonly Func<string, byte[]?> _page;
    private readonly Func<byte[]> _greeting;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Channel<byte[]>, byte> _streams = new();
    private readonly SemaphoreSlim _connections = new(MostConnections);
    private readonly Task _accepting;

    private LoopbackServer(TcpListener listener, Func<string, byte[]?> page, Func<byte[]> greeting)
    {
        (_listener, _page, _greeting) = (listener, page, greeting);
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _accepting = Task.Run(Accept);
    }

    public int Port { get; }

    /// <summary>Number of streams of events that are read.</summary>
    public int Streams => _streams.Count;

    /// <summary>Starts to listen.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="page">The page at a path, from any thread; null where there is none. <c>/events</c> is the stream.</param>
    /// <param name="greeting">The first event of every stream.</param>
    /// <exception cref="UsageException">The port cannot be had.</exception>
    public static LoopbackServer Start(int port, Func<string, byte[]?> page, Func<byte[]> greeting)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return new LoopbackServer(listener, page, greeting);
        }
        catch (SocketException error)
        {
            listener.Dispose();
            throw new UsageException($"rnnsweep: --watch cannot listen at 127.0.0.1:{port}: {error.Message}; --watch alone takes a port that is free");
        }
    }

    /// <summary>Sends an event to all streams. One that has not read the last ones yet is dropped.</summary>
    public void Send(byte[] message)
    {
        foreach (Channel<byte[]> stream in _streams.Keys)
        {
            if (!stream.Writer.TryWrite(message))
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
        _accepting.Wait();
        _listener.Dispose();
        for (int i = 0; i < MostConnections; i++)
        {
            _connections.Wait();
        }

        _connections.Dispose();
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token).ConfigureAwait(false);
                if (_connections.Wait(0))
                {
                    _ = Serve(client);
                }
                else
                {
                    client.Dispose();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100).ConfigureAwait(false); // out of handles, say: later there may be some
            }
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using NetworkStream stream = client.GetStream();
                await Answer(stream, await ReadHead(stream).ConfigureAwait(false)).ConfigureAwait(false);
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Who asked is gone, or too slow, or the server is at its end.
        }
        finally
        {
            _connections.Release();
        }
    }

    private async Task Answer(NetworkStream stream, string? head)
    {
        HttpRequest request = head is null ? new HttpRequest(431, "") : HttpRequest.Read(head, Port);
        if (request is { Status: 200, Path: "/events" })
        {
            await Stream(stream).ConfigureAwait(false);
            return;
        }

        byte[]? page = request.Status == 200 ? _page(request.Path) : null;
        await Write(stream, page is not null ? HttpResponse.Page(page) : HttpResponse.Refusal(request.Status == 200 ? 404 : request.Status)).ConfigureAwait(false);
    }

    // Null where it is too long.
    private async Task<string?> ReadHead(NetworkStream stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        patience.CancelAfter(s_patience);
        byte[] buffer = new byte[MostHeadBytes];
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), patience.Token).ConfigureAwait(false);
            if (read == 0)
            {
                throw new IOException("gone");
            }

            length += read;
            int end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(buffer, 0, end);
            }
        }

        return null;
    }

    private async Task Stream(NetworkStream stream)
    {
        var events = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostEventsWaiting) { SingleReader = true });
        if (_streams.Count >= MostStreams || !_streams.TryAdd(events, 0))
        {
            await Write(stream, HttpResponse.Refusal(503)).ConfigureAwait(false);
            return;
        }

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        Task listening = UntilGone(stream, gone);
        try
        {
            await Write(stream, [.. HttpResponse.Events(), .. _greeting()]).ConfigureAwait(false);
            await foreach (byte[] message in events.Reader.ReadAllAsync(gone.Token).ConfigureAwait(false))
            {
                await Write(stream, message).ConfigureAwait(false);
            }
        }
        finally
        {
            _streams.TryRemove(events, out _);
            await gone.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(false);
        }
    }

    // A reader says nothing more: what comes is its end.
    private static async Task UntilGone(NetworkStream stream, CancellationTokenSource gone)
    {
        try
        {
            await stream.ReadAsync(new byte[1], gone.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // That is its end, too.
        }

        await gone.CancelAsync().ConfigureAwait(false);
    }

    private async Task Write(NetworkStream stream, byte[] bytes)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        patience.CancelAfter(s_patience);
        await stream.WriteAsync(bytes, patience.Token).ConfigureAwait(false);
    }
}
