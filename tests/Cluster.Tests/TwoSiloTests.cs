using Orleans.TestingHost;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

/// <summary>Several silos in this process, one store and one sweep between them.</summary>
public sealed class TwoSiloTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Silos_share_a_sweep_and_lose_and_double_nothing()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await Start(plan, store, SmallSweep.Runner().Run);

        SweepStatus status = await Finish(cluster);

        Assert.Equal((plan.CellCount, 0, 0, 0), (status.Done, status.Failed, status.Leased, status.Open));
        Assert.Equal(SmallSweep.Keys(plan).Order(), store.Replicates().Select(cell => cell.Key));
        Assert.Equal(0, store.Doubles);
    }

    [Fact]
    public async Task A_silo_that_is_killed_strands_nothing()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await StartSlowly(plan, store, 20);
        await cluster.KillSiloAsync(cluster.Silos[1]);
        SweepStatus status = await Finish(cluster);

        Assert.Empty(status.Failures);
        Assert.Equal((plan.CellCount, 0), (status.Done, status.Failed));
        Assert.Equal(SmallSweep.Keys(plan).Order(), store.Replicates().Select(cell => cell.Key));
    }

    [Fact]
    public async Task A_silo_that_stops_ends_the_watching_of_its_sweep_though_no_experiment_ends()
    {
        SweepPlan plan = SmallSweep.Default();
        ExperimentRunner runner = SmallSweep.Runner();
        using var store = new MemoryStore();
        int begun = 0;
        await using InProcessTestCluster cluster = await Start(plan, store, (experiment, stored, token) =>
        {
            if (Interlocked.Increment(ref begun) > 1)
            {
                token.WaitHandle.WaitOne();
                token.ThrowIfCancellationRequested();
            }

            return runner.Run(experiment, stored, token);
        });
        ISweepGrain sweep = cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        var isWatching = new TaskCompletionSource();
        Task<int> watching = Task.Run(async () =>
        {
            int events = 0;
            await foreach (SweepEvent _ in sweep.Watch(0))
            {
                events++;
                isWatching.TrySetResult();
            }

            return events;
        });
        await isWatching.Task.WaitAsync(s_hang);

        SiloAddress keeper = (await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(sweep))!;
        await cluster.StopSiloAsync(cluster.Silos.Single(silo => silo.SiloAddress.Equals(keeper)));

        // An enumeration that the silo cuts off throws.
        Assert.Equal(1, await watching.WaitAsync(s_hang));
    }

    [Fact]
    public async Task Experiments_leave_no_activations_behind()
    {
        SweepPlan plan = SmallSweep.Plan("hidden_size=1", "sequence_length=1", "replicates=1", "seed=1..3000:1");
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await Start(plan, store, SmallSweep.Runner().Run);

        await Finish(cluster);

        // What is left are Orleans' own grains, the sweep, and experiments that are on their way out.
        var deadline = DateTime.UtcNow + s_hang;
        while (await cluster.Client.GetGrain<IManagementGrain>(0).GetTotalActivationCount() > 100 && DateTime.UtcNow < deadline)
        {
            await Task.Delay(100);
        }

        Assert.InRange(await cluster.Client.GetGrain<IManagementGrain>(0).GetTotalActivationCount(), 0, 100);
    }

    [Fact]
    public async Task A_cancelled_sweep_hands_nothing_out_and_keeps_what_is_done()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await StartSlowly(plan, store, 10);
        ISweepGrain sweep = cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        await sweep.Cancel();
        // What was computed before is still stored and reported.
        SweepStatus status = (await sweep.Status())!;
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (2 * status.Done != store.Count() && DateTime.UtcNow < deadline)
        {
            await Task.Delay(50);
            status = (await sweep.Status())!;
        }

        Assert.Equal(SweepState.Cancelled, status.State);
        Assert.InRange(status.Done, 3, plan.CellCount - 1);
        Assert.Equal(2 * status.Done, store.Count());
    }

    private static async Task<InProcessTestCluster> Start(SweepPlan plan, MemoryStore store, ExperimentFunction run)
    {
        MemoryJournal journal = await EmbeddedCatalogue.Journal(plan);
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) => silo.AddSweeps(new EmbeddedCatalogue(plan, run), journal, store, WorkOptions.Embedded(1) with { WaitsForStore = true }));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    // Of experiments that take a while each; returns once so many are stored.
    private static async Task<InProcessTestCluster> StartSlowly(SweepPlan plan, MemoryStore store, int stored)
    {
        ExperimentRunner runner = SmallSweep.Runner();
        InProcessTestCluster cluster = await Start(plan, store, (experiment, known, token) =>
        {
            Thread.Sleep(20);
            return runner.Run(experiment, known, token);
        });
        while (store.Count() < stored)
        {
            await Task.Delay(20);
        }

        return cluster;
    }

    private static async Task<SweepStatus> Finish(InProcessTestCluster cluster)
    {
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (true)
        {
            SweepStatus status = (await cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep).Status())!;
            if (status.Open + status.Leased == 0)
            {
                return status;
            }

            Assert.True(DateTime.UtcNow < deadline, $"still {status}");
            await Task.Delay(50);
        }
    }
}
