using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>A database with a silo and a client in this process, which the tests of a class share. A statement waits at most a second for a lock.</summary>
public sealed class SmallCluster(PostgreSqlServer server) : IAsyncLifetime
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    private ClusterDatabase? _database;
    private ClusterSilo? _silo;
    private ClusterConnection? _client;

    /// <summary>The connection string.</summary>
    public string Connection { get; private set; } = "";

    /// <summary>The cluster's address as a command of the program has it.</summary>
    internal ClusterSettings Settings => new(Connection, null);

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Starts the silo when the first test begins, because a fixture cannot skip tests.</summary>
    public async Task Start()
    {
        if (_client is null)
        {
            Connection = $"{server.CreateDatabase()};Options=-c lock_timeout=1000";
            _database = await ClusterDatabase.OpenOrCreate(Connection);
            _silo = await SmallSilo.Start(_database);
            _client = await ClusterConnection.Open(_database, null, null, CancellationToken.None);
        }
    }

    /// <summary>A sweep with experiments of some tenths of a second, each with its own lease.</summary>
    internal static ResolvedSweep LongSweep(string name) =>
        SweepFileReader.Read(null, [$"name={name}", "hidden_size=128", "sequence_length=500", "replicates=1", "seed=1..100:1"], out _)!;

    /// <summary>A sweep that is computed at once.</summary>
    internal static ResolvedSweep ShortSweep(string name, int seed = 1) => SweepFileReader.Read(null, [$"name={name}", "hidden_size=4", $"seed={seed}"], out _)!;

    internal ISweepGrain Grain(ResolvedSweep sweep) => _client!.Grains.GetGrain<ISweepGrain>(ClusterEngine.IdOf(sweep));

    internal async Task Submit(ResolvedSweep sweep) => Assert.Null(await Grain(sweep).Submit(ClusterEngine.Submission(sweep)));

    internal async Task Finish(ResolvedSweep sweep) => await Wait.Until(async () => await Grain(sweep).Progress() is { State: SweepState.Finished });

    /// <summary>Follows a sweep as `attach` does, or, if it has just been submitted, as `run` does.</summary>
    internal async Task Follow(ResolvedSweep sweep, bool hasAnswered = true)
    {
        using var store = new MemoryStore();
        var ledger = new SweepLedger(sweep.Plan);
        var work = new EngineWork(sweep.Plan, ledger, store, new ProgressMeter(sweep.Plan.CellCount, 0, ledger.OpenWork));
        await Task.Run(() => new ClusterEngine(new ClusterAddress(Settings), sweep, hasAnswered).Run(work, CancellationToken.None)).WaitAsync(s_hang);
    }

    internal void Execute(string sql) => PostgreSqlServer.Execute(Connection, sql);

    internal string? State(ResolvedSweep sweep) =>
        PostgreSqlServer.Read<object>(Connection, $"SELECT max(state) FROM rnnsweep_sweeps WHERE id = '{ClusterEngine.IdOf(sweep)}'") as string;

    public async Task DisposeAsync()
    {
        await (_client?.DisposeAsync() ?? default);
        await (_silo?.DisposeAsync() ?? default);
        await (_database?.DisposeAsync() ?? default);
    }
}
