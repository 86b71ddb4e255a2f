using Orleans.TestingHost;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

/// <summary>Several silos in this process with one store and one sweep.</summary>
public sealed class TwoSiloTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Silos_share_a_sweep_and_store_every_reading_once()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await Start(plan, store, SmallSweep.Runner().Run);

        SweepProgress status = await Finish(cluster);

        Assert.Equal((plan.CellCount, 0, 0, 0), (status.Done, status.Failed, status.Leased, status.Open));
        Assert.Equal(SmallSweep.Keys(plan).Order(), store.Replicates().Select(cell => cell.Key));
        Assert.Equal(0, store.Doubles);
    }

    [Fact]
    public async Task The_experiments_of_a_killed_silo_are_run_by_others()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await StartSlowly(plan, store, 20);
        await cluster.KillSiloAsync(cluster.Silos[1]);
        SweepProgress status = await Finish(cluster);

        Assert.Empty(status.Failures);
        Assert.Equal((plan.CellCount, 0), (status.Done, status.Failed));
        Assert.Equal(SmallSweep.Keys(plan).Order(), store.Replicates().Select(cell => cell.Key));
    }

    [Fact]
    public async Task Experiments_leave_no_activations_behind_and_have_no_entries_in_the_grain_directory()
    {
        SweepPlan plan = SmallSweep.Plan("hidden_size=1", "sequence_length=1", "replicates=1", "seed=1..3000:1");
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await Start(plan, store, SmallSweep.Runner().Run);

        await Finish(cluster);

        // The remaining activations are Orleans' own grains, the sweep, and experiments that are deactivating.
        var deadline = DateTime.UtcNow + s_hang;
        while (await cluster.Client.GetGrain<IManagementGrain>(0).GetTotalActivationCount() > 100 && DateTime.UtcNow < deadline)
        {
            await Task.Delay(100);
        }

        IManagementGrain management = cluster.Client.GetGrain<IManagementGrain>(0);
        Assert.InRange(await management.GetTotalActivationCount(), 0, 100);

        // A grain outside the directory has no address. Entries would be repaired after the death of a silo, and calls of all silos would wait for that.
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await management.GetActivationAddress(cluster.Client.GetGrain<IExperimentGrain>("k")));
        Assert.NotNull(await management.GetActivationAddress(cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep)));
    }

    [Fact]
    public async Task A_cancelled_sweep_grants_no_leases_and_keeps_stored_readings()
    {
        // By its estimated work each experiment has its own lease.
        SweepPlan plan = SmallSweep.Plan("hidden_size=200", "sequence_length=1000", "replicates=1", "spectral_radius=0.5..1.45:0.05");
        using var store = new MemoryStore();
        await using InProcessTestCluster cluster = await StartSlowly(plan, store, 4);
        ISweepGrain sweep = cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        await sweep.Cancel();
        // Readings computed before the call are still stored and reported, one after the other, so both counts are read until they agree.
        (SweepProgress progress, long stored) = ((await sweep.Progress())!, store.Count());
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (progress.Done != stored && DateTime.UtcNow < deadline)
        {
            await Task.Delay(50);
            (progress, stored) = ((await sweep.Progress())!, store.Count());
        }

        Assert.Equal(SweepState.Cancelled, progress.State);
        Assert.InRange(progress.Done, 4, plan.CellCount - 1);
        Assert.Equal(progress.Done, stored);
    }

    private static async Task<InProcessTestCluster> Start(SweepPlan plan, MemoryStore store, ExperimentFunction run)
    {
        MemoryRegistry registry = await MemoryRegistry.Of(plan, store);
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) => silo.FindDeadSilosQuickly().AddSweeps(
            new SiloWork(new EmbeddedCatalogue(plan, store, run), registry, WorkOptions.Embedded(1) with { WaitsForStore = true })));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    // Every experiment takes a while; returns when this number of readings is stored.
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

    private static async Task<SweepProgress> Finish(InProcessTestCluster cluster)
    {
        DateTime deadline = DateTime.UtcNow + s_hang;
        while (true)
        {
            SweepProgress status = (await cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep).Progress())!;
            if (status.Open + status.Leased == 0)
            {
                return status;
            }

            Assert.True(DateTime.UtcNow < deadline, $"still {status}");
            await Task.Delay(50);
        }
    }
}
