using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>A client whose bytes are recorded, so that a bad peer can send them, too.</summary>
internal sealed class RecordedClient : IAsyncDisposable
{
    private const int LengthBytes = sizeof(int);

    private readonly IHost _host;
    private readonly MemoryStream _sent = new();

    public RecordedClient(IPEndPoint gateway, string cluster)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateway)
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
            .Configure<ClientConnectionOptions>(options => options.ConfigureConnection(connection => connection.Use(Record))));
        _host = builder.Build();
    }

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>What begins a connection.</summary>
    public byte[] Preamble => Sent is var sent ? sent[..End(sent)] : sent;

    /// <summary>The messages that it has sent so far.</summary>
    public IReadOnlyList<byte[]> Messages
    {
        get
        {
            byte[] sent = Sent;
            List<byte[]> messages = [];
            for (int start = End(sent); start < sent.Length; start += messages[^1].Length)
            {
                int length = (2 * LengthBytes) + BitConverter.ToInt32(sent, start) + BitConverter.ToInt32(sent, start + LengthBytes);
                messages.Add(sent[start..(start + length)]);
            }

            return messages;
        }
    }

    private byte[] Sent
    {
        get
        {
            lock (_sent)
            {
                return _sent.ToArray();
            }
        }
    }

    public Task Start(CancellationToken cancellation = default) => _host.StartAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host.Dispose();
    }

    private static int End(byte[] sent) => LengthBytes + BitConverter.ToInt32(sent);

    private ConnectionDelegate Record(ConnectionDelegate next) => async connection =>
    {
        IDuplexPipe transport = connection.Transport;
        var pipe = new Pipe();
        Task copy = Copy(pipe.Reader, transport.Output);
        connection.Transport = new Transport(transport.Input, pipe.Writer);
        await next(connection);
        await copy;
    };

    private async Task Copy(PipeReader from, PipeWriter to)
    {
        while (true)
        {
            ReadResult read = await from.ReadAsync();
            byte[] bytes = read.Buffer.ToArray();
            from.AdvanceTo(read.Buffer.End);
            lock (_sent)
            {
                _sent.Write(bytes);
            }

            if (read.IsCompleted || read.IsCanceled || (await to.WriteAsync(bytes)).IsCompleted)
            {
                return;
            }
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
