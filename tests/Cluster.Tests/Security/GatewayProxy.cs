using System.Net;
using System.Net.Sockets;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Stands between a client and a silo's gateway: it forwards everything, and can stop reading what the silo sends.</summary>
internal sealed class GatewayProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _silo = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1 };
    private readonly CancellationTokenSource _end = new();
    private readonly MemoryStream _start = new();
    private readonly Task _requests;
    private volatile bool _isDeaf;

    public GatewayProxy(IPEndPoint gateway)
    {
        _listener.Start();
        _silo.Connect(gateway);
        _requests = Task.Run(Forward);
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>The first bytes of the client, which contain the preamble.</summary>
    public byte[] Preamble
    {
        get
        {
            byte[] start = _start.ToArray();
            return start[..(sizeof(int) + BitConverter.ToInt32(start))];
        }
    }

    /// <summary>Reads no more from the silo.</summary>
    public void StopReading() => _isDeaf = true;

    /// <summary>Whether the silo has closed the connection, after what it had sent before.</summary>
    public async Task<bool> IsClosed(TimeSpan hang)
    {
        using var timeout = new CancellationTokenSource(hang);
        byte[] bytes = new byte[1 << 16];
        try
        {
            while (await _silo.ReceiveAsync(bytes, timeout.Token) > 0)
            {
                // What it had sent before.
            }
        }
        catch (SocketException)
        {
            // It has reset the connection.
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        return true;
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _silo.Dispose();
        _requests.Wait();
        _end.Dispose();
    }

    private async Task Forward()
    {
        try
        {
            using Socket client = await _listener.AcceptSocketAsync(_end.Token);
            Task answers = Task.Run(async () =>
            {
                byte[] answer = new byte[1 << 12];
                while (!_isDeaf && await _silo.ReceiveAsync(answer, _end.Token) is > 0 and int count)
                {
                    await client.SendAsync(answer.AsMemory(0, count), _end.Token);
                }
            });
            byte[] bytes = new byte[1 << 16];
            while (await client.ReceiveAsync(bytes, _end.Token) is > 0 and int count)
            {
                if (_start.Length < 1 << 12)
                {
                    _start.Write(bytes, 0, count);
                }

                await _silo.SendAsync(bytes.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection or the test has ended.
        }
    }
}
