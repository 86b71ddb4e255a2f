using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Peers on a silo's ports that are no silos and no clients of its cluster. The silo drops them and goes on.</summary>
[Collection(SecurityTests.Name)]
public sealed class BadPeersTests(PostgreSqlServer server)
{
    private const int Flood = 300;
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public async Task A_silo_drops_connections_that_do_not_speak_its_protocol()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database);
        byte[][] messages =
        [
            Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03], // the start of TLS
            [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0], // a preamble of 2 GiB
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], // one of negative length
        ];
        foreach (byte[] message in messages)
        {
            foreach (string address in new[] { silo.Address, silo.Gateway })
            {
                using var peer = new TcpClient();
                await peer.ConnectAsync(IPEndPoint.Parse(address));
                await peer.GetStream().WriteAsync(message);
                await DropsAsync(peer.GetStream());
            }
        }

        await RunsASweep(database, "after");
    }

    [SkippableFact]
    public async Task A_silo_goes_on_while_hundreds_of_connections_say_nothing()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database);
        List<TcpClient> idle = [];
        try
        {
            for (int i = 0; i < Flood; i++)
            {
                var peer = new TcpClient();
                idle.Add(peer);
                await peer.ConnectAsync(IPEndPoint.Parse(i % 2 == 0 ? silo.Address : silo.Gateway));
            }

            await RunsASweep(database, "meanwhile");
        }
        finally
        {
            idle.ForEach(peer => peer.Dispose());
        }

        await RunsASweep(database, "afterwards");
    }

    [SkippableFact]
    public async Task A_client_of_another_cluster_is_turned_away()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client
            .UseStaticClustering(IPEndPoint.Parse(silo.Gateway))
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("other", "other")));
        using IHost other = builder.Build();

        await Assert.ThrowsAnyAsync<Exception>(() => other.StartAsync().WaitAsync(s_hang));

        await RunsASweep(database, "afterwards");
    }

    private static async Task DropsAsync(NetworkStream stream)
    {
        using var hang = new CancellationTokenSource(s_hang);
        byte[] answer = new byte[1 << 10];
        try
        {
            while (await stream.ReadAsync(answer, hang.Token) > 0)
            {
                // The silo may send its own preamble first.
            }
        }
        catch (IOException)
        {
            // It has reset the connection.
        }
    }

    private static async Task RunsASweep(ClusterDatabase database, string name)
    {
        ResolvedSweep sweep = SweepFileReader.Read(null, [$"name={name}", "hidden_size=4", "seed=1..5:1", "replicates=2"], out _)!;
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);
        ISweepGrain grain = client.Grains.GetGrain<ISweepGrain>(ClusterEngine.IdOf(sweep));
        Assert.Null(await grain.Submit(ClusterEngine.Submission(sweep)));
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (!(await grain.Progress())!.IsFinished)
        {
            Assert.True(DateTime.UtcNow < deadline, "the sweep does not finish");
            await Task.Delay(50);
        }
    }
}
