using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Cluster.Tests;

public sealed class ClusterEngineTests
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_run_waits_for_an_unreachable_cluster_that_accepted_its_sweep_until_it_is_interrupted()
    {
        using var closed = new Listener();
        using var cancellation = new CancellationTokenSource();
        Task<EngineOutcome> run = Task.Run(() => Run(closed.ConnectionString, hasAnswered: true, cancellation.Token));
        await closed.Refused(times: 2).WaitAsync(s_hangGuard); // it has retried

        Assert.False(run.IsCompleted);
        await cancellation.CancelAsync();
        EngineOutcome outcome = await run.WaitAsync(s_hangGuard);

        Assert.Equal(0, outcome.Counts.Done);
        Assert.Empty(outcome.Failures);
    }

    [Fact]
    public void A_run_does_not_wait_for_a_cluster_that_never_answered()
    {
        using var closed = new Listener();
        Task refused = closed.Refused(times: 1);

        Assert.Throws<StoreUnreachableException>(() => Run(closed.ConnectionString, hasAnswered: false, CancellationToken.None));
    }

    private static EngineOutcome Run(string connection, bool hasAnswered, CancellationToken cancellation)
    {
        ResolvedSweep sweep = SweepFileReader.Read(null, ["hidden_size=4"], out _)!;
        using var store = new MemoryStore();
        var ledger = new SweepLedger(sweep.Plan, _ => default);
        return new ClusterEngine(new ClusterAddress(new ClusterSettings(connection, null)), sweep, hasAnswered)
            .Run(new EngineWork(sweep.Plan, ledger, store, new ProgressMeter(sweep.Plan.CellCount, 0, ledger.OpenWork)), cancellation);
    }

    /// <summary>A database that closes every connection.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Listener() => _listener.Start();

        public string ConnectionString => string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};Username=nobody;Database=none;SSL Mode=Disable;GSS Encryption Mode=Disable");

        /// <summary>Completes after this number of calls.</summary>
        public async Task Refused(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
