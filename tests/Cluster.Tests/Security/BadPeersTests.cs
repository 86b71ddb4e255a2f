using System.Net;
using System.Net.Sockets;
using System.Text;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.Connections;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Peers on a silo's ports that are no silos and no clients of its cluster, or bad ones. The silo drops them with one entry in its log, and goes on.</summary>
[Collection(SecurityTests.Name)]
public sealed class BadPeersTests(PostgreSqlServer server) : IDisposable
{
    private const int Flood = 400;
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);
    private static readonly ConnectionLimits s_short = new(MostConnections: 20, HandshakeTime: TimeSpan.FromSeconds(1), ReadTime: TimeSpan.FromSeconds(1));

    private readonly LinesLog _log = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-peers-").FullName;

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Messages, and what the log says of each.</summary>
    public static TheoryData<byte[], string> OtherProtocols => new()
    {
        { Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "does not speak Orleans' protocol: it began with the bytes 47455420" },
        { [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03], "it began with the bytes 16030102" }, // the start of TLS
        { [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0], "it began with the bytes ffffff7f" }, // a preamble of 2 GiB
        { [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], "it began with the bytes ffffffff" }, // one of negative length
        { [0x08, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], "Connection refused: 127.0.0.1:" }, // one that Orleans cannot read
    };

    [SkippableTheory]
    [MemberData(nameof(OtherProtocols))]
    public async Task A_silo_drops_connections_that_do_not_speak_its_protocol(byte[] message, string reason)
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, log: _log);
        foreach (string address in new[] { silo.Address, silo.Gateway })
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync(IPEndPoint.Parse(address));
            await peer.GetStream().WriteAsync(message);
            await IsDropped(peer.GetStream());
        }

        await RunsASweep(database, "after");
        string line = Assert.Single(_log.OfConnections);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Contains(" (1 of this kind", line, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_silo_closes_idle_connections_and_takes_only_so_many()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, log: _log, connections: s_short);
        using IdlePeers idle = await IdlePeers.Connect(Flood, silo.Address, silo.Gateway);

        await RunsASweep(database, "meanwhile");
        await idle.AreDropped();
        await RunsASweep(database, "afterwards");

        Assert.Single(_log.Lines, line => line.Contains("did not begin Orleans' protocol within 1 s", StringComparison.Ordinal));
        Assert.Single(_log.Lines, line => line.Contains("20 connections to 127.0.0.1:", StringComparison.Ordinal) && line.Contains("are open, which is the limit", StringComparison.Ordinal));
        Assert.Equal(2, _log.OfConnections.Count);
    }

    [SkippableFact]
    public async Task A_silo_with_400_file_handles_survives_400_idle_connections()
    {
        Skip.If(OperatingSystem.IsWindows(), "the limit is set by a shell");
        string connection = server.CreateDatabase();
        using RunningProgram silo = RunningProgram.StartShell(
            _folder,
            $"ulimit -n {Flood}; export RNNSWEEP_CLUSTER='{connection.Replace("'", "'\\''", StringComparison.Ordinal)}'; "
                + "exec \"$RNNSWEEP_PROGRAM\" silo --silo-port 0 --gateway-port 0 --parallelism 1");
        silo.WaitUntil(() => silo.Error.Contains(" is up, ", StringComparison.Ordinal));
        string[] words = silo.Error.Split(" is up, gateway ");
        using IdlePeers idle = await IdlePeers.Connect(Flood, words[0].Split(' ')[^1], words[1].Split(',')[0]);

        RunningProgram.Run(_folder, "run", "--engine", "cluster", "--set", "hidden_size=4", "--cluster", connection, "-o", "run").Expect(0);

        Assert.False(silo.HasExited, silo.Error);
        Assert.Contains("which is the limit", silo.Error, StringComparison.Ordinal);
        Assert.InRange(silo.Error.Split('\n').Count(line => line.Contains("Connection refused", StringComparison.Ordinal)), 1, 2);
        silo.Send(RunningProgram.Terminate);
        silo.WaitForExit().Expect(0);
    }

    [SkippableFact]
    public async Task A_client_of_another_cluster_is_turned_away()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, log: _log);
        await using var other = new RecordedClient(IPEndPoint.Parse(silo.Gateway), "other");
        using var end = new CancellationTokenSource();

        // Orleans' client tries again for ever.
        Task start = other.Start(end.Token);
        await Wait.Until(() => _log.Lines.Any(line => line.Contains("Unexpected cluster id \"other\"", StringComparison.Ordinal)));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => start.WaitAsync(s_hang));

        await RunsASweep(database, "afterwards");
        Assert.Single(_log.OfConnections);
    }

    [SkippableFact]
    public async Task A_client_that_never_reads_its_answers_is_dropped()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, log: _log, connections: s_short);
        (byte[] preamble, byte[] call) = await RecordCall(silo);
        using var peer = new TcpClient { ReceiveBufferSize = 1 };
        await peer.ConnectAsync(IPEndPoint.Parse(silo.Gateway));
        await peer.GetStream().WriteAsync(preamble);

        // The silo answers each with about a kilobyte, more than fits into the buffers of the connection.
        byte[] calls = [.. Enumerable.Repeat(call, 100).SelectMany(bytes => bytes)];
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                await peer.GetStream().WriteAsync(calls);
            }
        });
        await Wait.Until(() => _log.Lines.Any(line => line.Contains("has not read for 1 s what was sent to it", StringComparison.Ordinal)));
        await IsDropped(peer.GetStream());
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await RunsASweep(database, "afterwards");
        Assert.Single(_log.OfConnections);
    }

    [SkippableFact]
    public async Task A_message_that_cannot_be_read_is_logged_and_harms_nothing_but_its_connection()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, log: _log);
        (byte[] preamble, _) = await RecordCall(silo);
        byte[] noHeaders = [8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        byte[][] messages =
        [
            [16, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f], // a body of 2 GiB
            [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0], // headers of 2 GiB
            noHeaders, // which are of no version
        ];
        foreach (byte[] message in messages)
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync(IPEndPoint.Parse(silo.Gateway));
            await peer.GetStream().WriteAsync(preamble);
            await peer.GetStream().WriteAsync(message);
            int logged = 1 + Array.IndexOf(messages, message);
            await Wait.Until(() => _log.OfConnections.Count == logged);
            if (message != noHeaders)
            {
                await IsDropped(peer.GetStream());
            }
        }

        await RunsASweep(database, "afterwards");
        Assert.Equal(messages.Length, _log.OfConnections.Count);
    }

    [SkippableFact]
    public async Task A_call_of_another_version_fails_for_its_caller_alone()
    {
        string connection = server.CreateDatabase();
        using RunningProgram silo = RunningProgram.Start(
            _folder, new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection }, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1", "--http", "none");
        silo.WaitUntil(() => silo.Error.Contains(" is up, ", StringComparison.Ordinal));
        await using ClusterDatabase database = await ClusterDatabase.Open(connection);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);
        INewerSweepGrain grain = client.Grains.GetGrain<ISweepGrain>("s-000000000000").AsReference<INewerSweepGrain>();

        // The silo answers that it does not know the interface.
        await Assert.ThrowsAsync<TypeLoadException>(() => grain.Rename(new NewerRequest("name")).WaitAsync(s_hang));
        await Assert.ThrowsAsync<TypeLoadException>(() => grain.Cancel(7).WaitAsync(s_hang));

        await RunsASweep(database, "afterwards");
        Assert.False(silo.HasExited, silo.Error);
    }

    // The preamble of a client, and its call of a method that is refused.
    private static async Task<(byte[] Preamble, byte[] Call)> RecordCall(ClusterSilo silo)
    {
        await using var client = new RecordedClient(IPEndPoint.Parse(silo.Gateway), ClusterSilo.ClusterId);
        await client.Start().WaitAsync(s_hang);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => client.Grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount());
        return (client.Preamble, client.Messages[^1]);
    }

    private static async Task IsDropped(NetworkStream stream)
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
        catch (OperationCanceledException)
        {
            Assert.Fail("the connection stays open");
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

    /// <summary>Connections that say nothing.</summary>
    private sealed class IdlePeers : IDisposable
    {
        private readonly List<TcpClient> _peers = [];

        public static async Task<IdlePeers> Connect(int count, params string[] addresses)
        {
            var idle = new IdlePeers();
            for (int i = 0; i < count; i++)
            {
                var peer = new TcpClient();
                idle._peers.Add(peer);
                try
                {
                    await peer.ConnectAsync(IPEndPoint.Parse(addresses[i % addresses.Length]));
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // Refused.
                }
            }

            return idle;
        }

        public Task AreDropped() => Task.WhenAll(_peers.Where(peer => peer.Connected).Select(peer => IsDropped(peer.GetStream())));

        public void Dispose() => _peers.ForEach(peer => peer.Dispose());
    }
}

/// <summary>The contract of a sweep in a later version: a method that this version lacks, and one with another parameter.</summary>
[Alias("rnnsweep.sweep.newer")]
internal interface INewerSweepGrain : IGrainWithStringKey
{
    [Alias("Rename")]
    Task<string> Rename(NewerRequest request);

    [Alias("Cancel")]
    Task Cancel(int reason);
}

/// <summary>A message that this version does not know.</summary>
[GenerateSerializer]
[Alias("rnnsweep.newer-request")]
internal sealed record NewerRequest([property: Id(0)] string Name);
