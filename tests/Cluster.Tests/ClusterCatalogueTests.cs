using System.Runtime.CompilerServices;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

/// <summary>The plans and matrices that a cluster's silo keeps in memory.</summary>
public sealed class ClusterCatalogueTests
{
    private static readonly Matrix s_weights = new(2, 2, [0.5, 0.25, 0.125, -0.5]);

    [Fact]
    public async Task Plans_of_sweeps_that_are_not_active_are_freed_and_read_again_on_demand()
    {
        using var store = new MemoryStore();
        var registry = new MemoryRegistry(store);
        var catalogue = new ClusterCatalogue(registry, new SubmittedSweepReader(), _ => store, 1 << 20) { UnusedLifetime = TimeSpan.Zero };
        await Enter(registry, "first");
        await Enter(registry, "second");

        SweepWork held = await catalogue.Find("second");
        WeakReference plan = await Plan(catalogue, "first");
        await Active(catalogue, 2);
        Assert.Equal(2, catalogue.Count);

        await registry.Note("first", 0, SweepState.Finished, 1, 0);
        await registry.Note("second", 0, SweepState.Cancelled, 0, 0);
        await Active(catalogue, 0);
        Assert.Equal(0, catalogue.Count);
        GC.Collect();
        Assert.False(plan.IsAlive);

        // What still runs keeps its matrix.
        Assert.Empty(held.Run(held.Plan.Experiments[0], null, CancellationToken.None).Failures);
        Assert.Equal(held.Plan.CellCount, (await catalogue.Find("second")).Plan.CellCount);
    }

    [Fact]
    public async Task A_plan_that_was_used_lately_stays_in_memory()
    {
        using var store = new MemoryStore();
        var registry = new MemoryRegistry(store);
        var catalogue = new ClusterCatalogue(registry, new SubmittedSweepReader(), _ => store, 1 << 20);
        await Enter(registry, "s");
        SweepWork found = await catalogue.Find("s");
        await registry.Note("s", 0, SweepState.Paused, 0, 0);
        await Active(catalogue, 0);
        Assert.Same(found, await catalogue.Find("s"));
    }

    [Fact]
    public async Task A_sweep_that_cannot_be_read_is_read_again()
    {
        using var store = new MemoryStore();
        var registry = new MemoryRegistry(store);
        var catalogue = new ClusterCatalogue(registry, new SubmittedSweepReader(), _ => store, 1 << 20);
        await Assert.ThrowsAsync<KeyNotFoundException>(async () => await catalogue.Find("s"));
        await Enter(registry, "s");
        Assert.Equal("s", (await catalogue.Find("s")).Id);
    }

    private static Task Enter(MemoryRegistry registry, string name)
    {
        string text = $"name: {name}\nhidden_size: 2\nsequence_length: 5\nweights: {s_weights.Digest()}/w.npy\n";
        SweepPlan plan = new SubmittedSweepReader().Read(text, _ => s_weights);
        return registry.Enter(name, text, plan, new Dictionary<string, Matrix> { [s_weights.Digest()] = s_weights });
    }

    // The list is cached for half a second.
    private static async Task Active(ClusterCatalogue catalogue, int count)
    {
        DateTime deadline = DateTime.UtcNow.AddMinutes(1); // a hang guard
        while ((await catalogue.Active()).Count != count)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(50);
        }
    }

    // In a method of its own, so that no local variable keeps the plan.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> Plan(ClusterCatalogue catalogue, string sweep) => new((await catalogue.Find(sweep)).Plan);
}
