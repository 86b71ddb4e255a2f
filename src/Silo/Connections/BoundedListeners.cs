using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace RnnSweep.Silo.Connections;

/// <summary>
/// TCP listeners with a limit of open connections, beyond which a new connection is closed at once. Every connection takes a file handle, and a process whose
/// handles are used up can neither open its database nor accept a connection.
/// </summary>
/// <remarks>
/// The transport is Kestrel's. Orleans' own is a copy of it without limits of its buffers: a flush is complete before the peer has read anything, so that a
/// peer that never reads cannot be told from one that does.
/// </remarks>
/// <param name="mostConnections">The most open connections of each listener.</param>
/// <param name="refusals">Receives the connections that are closed.</param>
internal sealed class BoundedListeners(int mostConnections, RefusalLog refusals) : IConnectionListenerFactory
{
    // As in Orleans' transport: a peer whose machine has vanished is noticed after some minutes.
    private const int KeepAliveSeconds = 90, KeepAliveIntervalSeconds = 30, KeepAliveAttempts = 10;

    private const int MostBytesUnsent = 1 << 20;

    private readonly SocketTransportFactory _sockets = new(
        Options.Create(new SocketTransportOptions { MaxWriteBufferSize = MostBytesUnsent, CreateBoundListenSocket = Bind }), NullLoggerFactory.Instance);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken), mostConnections, refusals);

    // Accepted sockets inherit the options.
    private static Socket Bind(EndPoint endpoint)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveAttempts);
        return socket;
    }

    private sealed class Listener(IConnectionListener inner, int most, RefusalLog refusals) : IConnectionListener
    {
        private int _open;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (Interlocked.Increment(ref _open) <= most)
                {
                    connection.ConnectionClosed.Register(() => Interlocked.Decrement(ref _open));
                    return connection;
                }

                Interlocked.Decrement(ref _open);
                refusals.Add(RefusalKind.TooMany, $"{most} connections to {inner.EndPoint} are open, which is the limit; the next was from {connection.RemoteEndPoint}");
                connection.Abort();
                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
