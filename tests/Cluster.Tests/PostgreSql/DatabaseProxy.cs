using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Forwards connections to a database until it is cut. Then it drops every byte in both directions, as a network does, and keeps connections open.</summary>
internal sealed class DatabaseProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _connection;
    private volatile TaskCompletionSource _open = new();
    private int _accepted;

    public DatabaseProxy(string connection)
    {
        _connection = connection;
        _open.SetResult();
        _listener.Start();
        _ = Accept(new NpgsqlConnectionStringBuilder(connection).Port);
    }

    /// <summary>The connection string of the database through this proxy.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_connection) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;

    /// <summary>Number of connections that it has accepted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public void Cut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend() => _open.TrySetResult();

    public void Dispose()
    {
        Mend();
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task Accept(int port)
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                Interlocked.Increment(ref _accepted);
                _ = Forward(client, port, _end.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Forward(TcpClient client, int port, CancellationToken end)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await _open.Task.WaitAsync(end);
                await server.ConnectAsync(IPAddress.Loopback, port, end);
                await Task.WhenAny(Copy(client.GetStream(), server.GetStream(), end), Copy(server.GetStream(), client.GetStream(), end));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
            {
                // The connection has ended.
            }
        }
    }

    private async Task Copy(NetworkStream from, NetworkStream to, CancellationToken end)
    {
        byte[] bytes = new byte[1 << 16];
        try
        {
            while (await from.ReadAsync(bytes, end) is > 0 and int count)
            {
                await _open.Task.WaitAsync(end);
                await to.WriteAsync(bytes.AsMemory(0, count), end);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other direction has ended.
        }
    }
}
