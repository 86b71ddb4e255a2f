using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Serialization.Invocation;
using Orleans.TestingHost;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

/// <summary>The sweep grain on several silos in this process: what it restores, reports and refuses.</summary>
public sealed class SweepGrainTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Leases_survive_the_activation_that_granted_them()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        await using TestCluster cluster = await TestCluster.Start(2, delay: TimeSpan.FromMilliseconds(30));
        ISweepGrain grain = cluster.Grain(sweep);
        await grain.Submit(ClusterEngine.Submission(sweep));
        for (int i = 0; i < 5; i++)
        {
            await Task.Delay(60);
            await TestCluster.Deactivate(grain);
        }

        await TestCluster.Finish(grain);

        // A new activation reads from the registry which experiments the silos run. It can miss only leases granted at that moment.
        Assert.InRange(cluster.Computed.Values.Sum(), sweep.Plan.CellCount, sweep.Plan.CellCount + 5);
        Assert.Equal(sweep.Plan.CellCount, cluster.Computed.Count);
        Assert.Equal(sweep.Plan.CellCount, cluster.Store.Count());
        Assert.True(cluster.Recalls(sweep) > 4, "the grain was never activated anew");
    }

    [Fact]
    public async Task A_new_activation_learns_from_renewals_which_experiments_run()
    {
        // By its estimated work each experiment has its own lease.
        ResolvedSweep sweep = Sweep("hidden_size=200", "sequence_length=1000", "replicates=1", "spectral_radius=0.5..1.45:0.05");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(2, delay: TimeSpan.FromSeconds(8));
        ISweepGrain grain = cluster.Grain(sweep);
        await grain.Submit(ClusterEngine.Submission(sweep));
        await TestCluster.Until(async () => (await cluster.Registry.Recall(id))!.Held.Length == 2);
        foreach ((string silo, HeldLease lease) in (await cluster.Registry.Recall(id))!.Held)
        {
            await cluster.Registry.Release(id, silo, [lease.Id]); // as if the lease had never been recorded
        }

        await TestCluster.Deactivate(grain);
        await TestCluster.Until(async () => (await grain.Progress())!.Holders.Length == 2);
        cluster.Delay = TimeSpan.Zero; // for experiments that begin from now on
        await TestCluster.Finish(grain);

        Assert.All(cluster.Computed, experiment => Assert.Equal(1, experiment.Value));
        Assert.Equal(sweep.Plan.CellCount, cluster.Store.Count());
    }

    [Fact]
    public async Task Cancelling_a_sweep_stops_its_experiments_and_the_sweep_can_be_reopened()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(sweep);

        await grain.Cancel();

        Assert.True(cluster.Heard.Wait(s_hang));
        Assert.Equal(SweepState.Cancelled, (await grain.Progress())!.State);
        cluster.Delay = TimeSpan.Zero;
        Assert.Null(await grain.Submit(ClusterEngine.Submission(sweep)));
        Assert.Equal(sweep.Plan.CellCount, (await TestCluster.Finish(grain)).Done);
    }

    [Fact]
    public async Task A_paused_sweep_finishes_its_leases_and_starts_none_until_it_is_resumed()
    {
        // By its estimated work each experiment has its own lease.
        ResolvedSweep sweep = Sweep("hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.45:0.05");
        await using TestCluster cluster = await TestCluster.Start(2, delay: TimeSpan.FromMilliseconds(50));
        ISweepGrain grain = cluster.Grain(sweep);
        await grain.Submit(ClusterEngine.Submission(sweep));
        await TestCluster.Until(async () => (await grain.Progress())!.Done > 0);

        await grain.Pause();
        await TestCluster.Until(async () => (await grain.Progress())!.Leased == 0);
        SweepProgress paused = (await grain.Progress())!;
        Assert.Equal((SweepState.Paused, true), (paused.State, paused.Open > 0));
        Assert.Equal(paused.Done, cluster.Computed.Count); // what was leased has finished
        Assert.Equal(SweepState.Paused, Assert.Single(await cluster.Registry.Sweeps()).State);

        await TestCluster.Deactivate(grain);
        await TestCluster.Until(async () => (await grain.Progress())!.Done == paused.Done); // of the new activation, which has read the store
        Assert.Equal(SweepState.Paused, (await grain.Progress())!.State);
        Assert.Equal(paused.Done, cluster.Computed.Count);

        await grain.Unpause();
        Assert.Equal(sweep.Plan.CellCount, (await TestCluster.Finish(grain)).Done);
        Assert.All(cluster.Computed, experiment => Assert.Equal(1, experiment.Value));

        await grain.Pause();
        Assert.Equal(SweepState.Finished, (await grain.Progress())!.State);
    }

    [Fact]
    public async Task A_short_sweep_does_not_wait_for_a_long_one_that_was_submitted_before()
    {
        ResolvedSweep longer = Sweep("name=longer", "hidden_size=100", "sequence_length=300", "replicates=1", "seed=1..200:1");
        ResolvedSweep shorter = Sweep("name=shorter", "hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..0.9:0.1");
        await using TestCluster cluster = await TestCluster.Start(1, delay: TimeSpan.FromMilliseconds(20));
        await cluster.Grain(longer).Submit(ClusterEngine.Submission(longer));
        await TestCluster.Until(async () => (await cluster.Grain(longer).Progress())!.Done > 5);

        await cluster.Grain(shorter).Submit(ClusterEngine.Submission(shorter) with { Priority = 7 });
        Assert.Equal([5, 7], (await cluster.Registry.Sweeps()).Select(entry => entry.Priority));
        long before = (await cluster.Grain(longer).Progress())!.Done;
        await TestCluster.Finish(cluster.Grain(shorter));

        // Of five leases of the longer sweep for twenty of the shorter, with what is leased and reported meanwhile on a busy machine.
        Assert.InRange((await cluster.Grain(longer).Progress())!.Done - before, 0, 100);
        await cluster.Grain(longer).Cancel();
    }

    [Fact]
    public async Task Sweeps_of_the_same_cells_compute_each_experiment_once()
    {
        // By its estimated work each experiment has its own lease. The second sweep has all cells of the first, and some of its own.
        ResolvedSweep first = Sweep("name=first", "hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.4:0.1");
        ResolvedSweep second = Sweep("name=second", "hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.9:0.1");
        await using TestCluster cluster = await TestCluster.Start(2, delay: TimeSpan.FromMilliseconds(30));
        await Task.WhenAll(cluster.Grain(first).Submit(ClusterEngine.Submission(first)), cluster.Grain(second).Submit(ClusterEngine.Submission(second)));

        SweepProgress[] finished = await Task.WhenAll(TestCluster.Finish(cluster.Grain(first)), TestCluster.Finish(cluster.Grain(second)));

        Assert.Equal([first.Plan.CellCount, second.Plan.CellCount], finished.Select(progress => progress.Done));
        Assert.Equal(second.Plan.CellCount, cluster.Computed.Count);
        Assert.All(cluster.Computed, experiment => Assert.Equal(1, experiment.Value));
        Assert.Equal(0, cluster.Store.Doubles);
    }

    [Fact]
    public async Task A_sweep_alone_does_not_ask_the_store_before_each_lease()
    {
        ResolvedSweep sweep = Sweep("hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.4:0.1");
        await using TestCluster cluster = await TestCluster.Start(2, delay: TimeSpan.FromMilliseconds(10));
        await cluster.Grain(sweep).Submit(ClusterEngine.Submission(sweep));
        await TestCluster.Finish(cluster.Grain(sweep));
        Assert.Equal(sweep.Plan.CellCount, cluster.Computed.Count);
        Assert.Equal(1, cluster.Store.Asked); // by the sweep grain, when it made the ledger
    }

    [Fact]
    public async Task A_large_sweep_goes_on_from_the_record_of_what_is_done_and_computes_nothing_that_is_stored()
    {
        // By its estimated work each experiment has its own lease. The record says that the first eight are done, although the store has none of them.
        ResolvedSweep sweep = Sweep("name=recorded", "hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..2.4:0.1");
        ResolvedSweep other = Sweep("name=other", "hidden_size=90", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.4:0.1");
        await using TestCluster cluster = await TestCluster.Start(2, cellsAtStart: 0);

        // A silo asks the store for the experiments of a lease. The comparison in the background, which asks for all that are not done, waits until the sweeps are finished.
        var areFinished = new TaskCompletionSource();
        cluster.Store.OnAsked = keys => Assert.True(keys.Count() < 10 || areFinished.Task.Wait(s_hang));
        cluster.Store.Add([.. Enumerable.Range(10, 5).SelectMany(index => SmallSweep.Runner().Run(sweep.Plan.Experiments[index]).Results)], []);
        foreach (ResolvedSweep entered in new[] { sweep, other })
        {
            string id = ClusterEngine.IdOf(entered);
            await cluster.Registry.Enter(id, ClusterEngine.Submission(entered).Text, entered.Plan, new Dictionary<string, Core.LinearAlgebra.Matrix>());
            await cluster.Registry.Note(id, 0, SweepState.Active, 8, 0, new RecordedParts(sweep.Plan.Planned(0).Key, [new DonePart(0, [0xff])]));
        }

        Assert.Equal(sweep.Plan.CellCount, (await TestCluster.Finish(cluster.Grain(sweep))).Done);
        await TestCluster.Finish(cluster.Grain(other)); // its record has another key, as if it were of another version of the numerics
        Assert.Equal(7 + other.Plan.CellCount, cluster.Computed.Count);
        areFinished.SetResult();

        // Its own record replaces that.
        await TestCluster.Until(async () => (await cluster.Registry.Recall(ClusterEngine.IdOf(other)))!.Parts!.FirstCell == other.Plan.Planned(0).Key);

        // When the sweep is submitted again, it is compared with the store.
        await cluster.Grain(sweep).Submit(ClusterEngine.Submission(sweep));
        await TestCluster.Until(() => Task.FromResult(cluster.Store.Count() == sweep.Plan.CellCount + other.Plan.CellCount));
        Assert.All(cluster.Computed, experiment => Assert.Equal(1, experiment.Value));
        Assert.Equal(0, cluster.Store.Doubles);
    }

    [Fact]
    public async Task A_large_sweep_is_compared_with_the_store_while_its_experiments_run()
    {
        // By its estimated work each experiment has its own lease. No experiment ends, so the silo holds the first ones.
        ResolvedSweep sweep = Sweep("hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..2.4:0.1");
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan, cellsAtStart: 0);
        cluster.Store.Add([.. Enumerable.Range(15, 5).SelectMany(index => SmallSweep.Runner().Run(sweep.Plan.Experiments[index]).Results)], []);
        ISweepGrain grain = await cluster.Begin(sweep);
        await TestCluster.Until(async () => await grain.Progress() is { Done: 5 });
    }

    [Fact]
    public async Task A_sweep_that_is_taken_over_a_second_time_is_left_to_the_other_activation_for_a_while()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan, pause: TimeSpan.FromHours(1));
        ISweepGrain grain = await cluster.Begin(sweep); // no experiment ends, so the grain has no counts to record

        long other = (await cluster.Registry.Claim(id))!.Value; // as an activation of a part of the cluster that does not see this one
        await Assert.ThrowsAsync<StoreUnreachableException>(grain.Pause);
        await TestCluster.Until(async () => await grain.Progress() is { Leased: > 0 }); // at once, of a new activation
        Assert.True(cluster.Registry.Epoch(id) > other);

        other = (await cluster.Registry.Claim(id))!.Value;
        await Assert.ThrowsAsync<StoreUnreachableException>(grain.Pause);
        await cluster.Registry.Note(id, other, SweepState.Active, 7, 0);
        await TestCluster.Until(async () => await grain.Progress() is { Done: 7 }); // what the other records
        Assert.Null(await grain.Take(cluster.Cluster.Silos[0].SiloAddress));
        await grain.Settle([new ExperimentReport(3, [])]);
        Assert.Equal(other, cluster.Registry.Epoch(id));

        await grain.Cancel(); // a user's command does not wait
        Assert.Equal(SweepState.Cancelled, (await cluster.Registry.Recall(id))!.State);
        Assert.Equal(other + 1, cluster.Registry.Epoch(id));
    }

    [Fact]
    public async Task Calls_that_come_together_claim_a_sweep_once()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = cluster.Grain(sweep);
        Assert.Null(await grain.Progress());

        // Entered by another silo, whose grain is gone.
        cluster.Registry.Delay = method => method == nameof(ISweepRegistry.Claim) ? Task.Delay(500) : Task.CompletedTask;
        await cluster.Registry.Enter(id, ClusterEngine.Submission(sweep).Text, sweep.Plan, new Dictionary<string, Core.LinearAlgebra.Matrix>());
        Task<SweepProgress?>[] calls = [.. Enumerable.Range(0, 8).Select(_ => grain.Progress())];
        Task pause = grain.Pause();

        Assert.All(await Task.WhenAll(calls), progress => Assert.NotNull(progress));
        await pause;
        Assert.Equal(1, cluster.Registry.Epoch(id));
        Assert.Equal(SweepState.Paused, (await cluster.Registry.Recall(id))!.State);
    }

    [Fact]
    public async Task A_late_record_of_the_counts_does_not_undo_a_later_change_of_the_state()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(sweep);
        await grain.Pause();

        // The first write from now on, which is that of the counts, takes longer than the pause of the user.
        var isCounting = new TaskCompletionSource();
        var isAnswering = new TaskCompletionSource();
        cluster.Registry.Delay = method => method == nameof(ISweepRegistry.Note) && isCounting.TrySetResult() ? isAnswering.Task : Task.CompletedTask;
        await grain.Settle([new ExperimentReport(3, [])]);
        await isCounting.Task.WaitAsync(s_hang);
        Task resumed = grain.Unpause();
        await Task.Delay(500); // it must not be recorded before the counts are, so there is no state to wait for
        Assert.False(resumed.IsCompleted);
        isAnswering.SetResult();
        await resumed;

        Assert.Equal((SweepState.Active, SweepState.Active), ((await cluster.Registry.Recall(id))!.State, (await grain.Progress())!.State));
    }

    [Fact]
    public async Task A_cancellation_whose_answer_was_lost_counts()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(sweep);

        await cluster.Registry.Note(id, cluster.Registry.Epoch(id), SweepState.Cancelled, 0, 0); // by a statement of the grain that seemed to fail
        await grain.Settle([new ExperimentReport(3, [])]);

        await TestCluster.Until(async () => (await grain.Progress())!.State == SweepState.Cancelled);
        Assert.True(cluster.Heard.Wait(s_hang), "the experiments that run are not stopped");
        Assert.Equal(SweepState.Cancelled, (await cluster.Registry.Recall(id))!.State);
    }

    [Fact]
    public async Task An_activation_that_another_has_replaced_changes_nothing_and_ends()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        string id = ClusterEngine.IdOf(sweep);
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(sweep); // no experiment ends, so the grain has no counts to record
        long other = (await cluster.Registry.Claim(id))!.Value; // as an activation of a cluster that does not see this one

        var refused = await Assert.ThrowsAsync<StoreUnreachableException>(grain.Cancel);

        Assert.Contains("is active on another silo", refused.Message, StringComparison.Ordinal);
        Assert.Equal(SweepState.Active, (await cluster.Registry.Recall(id))!.State);
        await TestCluster.Until(async () => await grain.Progress() is { State: SweepState.Active, Leased: > 0 }); // of a new activation
        Assert.True(await cluster.Registry.Claim(id) > other + 1);
        await TestCluster.Deactivate(grain);
        await TestCluster.Until(async () =>
        {
            await grain.Cancel();
            return true;
        });
        Assert.Equal(SweepState.Cancelled, (await cluster.Registry.Recall(id))!.State);
    }

    [Fact]
    public async Task Two_clusters_that_do_not_see_each_other_lose_nothing()
    {
        ResolvedSweep sweep = Sweep("hidden_size=100", "sequence_length=300", "replicates=1", "spectral_radius=0.5..1.45:0.05");
        await using TestCluster one = await TestCluster.Start(1, delay: TimeSpan.FromMilliseconds(100));
        await one.Grain(sweep).Submit(ClusterEngine.Submission(sweep));
        await TestCluster.Until(async () => (await one.Grain(sweep).Progress())!.Done > 0);
        await using TestCluster other = await TestCluster.Start(1, delay: TimeSpan.FromMilliseconds(100), shared: one);

        await TestCluster.Until(() => Task.FromResult(one.Store.Count() == sweep.Plan.CellCount));
        await TestCluster.Until(async () => Assert.Single(await one.Registry.Sweeps()).State == SweepState.Finished);

        Assert.True(other.Recalls(sweep) > 0, "the second cluster had no activation");
        Assert.Equal(SmallSweep.Keys(sweep.Plan).Order(), one.Store.Replicates().Select(cell => cell.Key));
        Assert.Empty(one.Store.Failures());
        Assert.Empty((await one.Registry.Recall(ClusterEngine.IdOf(sweep)))!.Losses); // a silo that one of them does not know is not dead
    }

    [Fact]
    public async Task A_sweep_that_is_removed_keeps_no_silo_from_other_sweeps()
    {
        ResolvedSweep removed = Sweep("name=removed", "spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        ResolvedSweep other = Sweep("name=other", "spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(removed);
        await cluster.Registry.Remove(ClusterEngine.IdOf(removed));
        await TestCluster.Deactivate(grain);

        Assert.Null(await grain.Progress());
        await grain.Settle([new ExperimentReport(0, [])]); // the only worker waits for this after the experiments that it is running
        Assert.True(cluster.Heard.Wait(s_hang)); // they are stopped at the next renewal
        cluster.Delay = TimeSpan.Zero;
        await cluster.Grain(other).Submit(ClusterEngine.Submission(other));
        Assert.Equal(other.Plan.CellCount, (await TestCluster.Finish(cluster.Grain(other))).Done);
    }

    [Fact]
    public async Task A_report_that_is_refused_keeps_no_others_from_being_settled()
    {
        ResolvedSweep sweep = Sweep("hidden_size=8", "replicates=1");
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = cluster.Grain(sweep);
        await grain.Submit(ClusterEngine.Submission(sweep));

        await grain.Settle([new ExperimentReport(99, []), new ExperimentReport(0, [])]);

        Assert.Equal(SweepState.Finished, (await grain.Progress())!.State);
    }

    [Fact]
    public async Task An_experiment_that_kills_its_silo_each_time_fails_and_the_others_finish()
    {
        ResolvedSweep sweep = Sweep("spectral_radius=0.5..1.45:0.05", "hidden_size=8", "replicates=1");
        CellSpec deadly = sweep.Plan.Cell(3); // a separate experiment
        await using TestCluster cluster = await TestCluster.Start(4, delay: TimeSpan.FromMilliseconds(20), kills: deadly);
        ISweepGrain grain = cluster.Grain(sweep);
        await grain.Submit(ClusterEngine.Submission(sweep));

        SweepProgress status = await TestCluster.Finish(grain);

        Assert.Equal((sweep.Plan.CellCount - 1, 1), (status.Done, status.Failed));
        CellFailed failed = Assert.Single(status.Failures);
        Assert.Equal(3, failed.Index);
        Assert.Contains("crashed 3 times", failed.Reason, StringComparison.Ordinal);

        // More if a silo gave the experiment back first: in one process, a kill takes a moment.
        Assert.InRange(cluster.Kills, 3, 20);
        Assert.Contains("crashed 3 times", Assert.Single(cluster.Store.FindFailures(CellKey.Of(deadly))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_goes_on_after_it_was_declared_dead_gets_and_keeps_no_lease()
    {
        // By its estimated work each experiment has its own lease, and the silo holds one at most.
        ResolvedSweep sweep = Sweep("hidden_size=200", "sequence_length=1000", "replicates=1", "spectral_radius=0.5..1.45:0.05");
        await using TestCluster cluster = await TestCluster.Start(1, delay: Timeout.InfiniteTimeSpan);
        ISweepGrain grain = await cluster.Begin(sweep);
        SiloAddress alive = cluster.Cluster.Silos[0].SiloAddress, dead = SiloAddress.New(alive.Endpoint, alive.Generation - 1); // the same place has a later silo

        for (long lease = 1; lease <= SweepLedger.MaximumLosses; lease++)
        {
            Assert.Null(await grain.Take(dead));
            Assert.Equal(lease, Assert.Single(await grain.Renew(dead, [new HeldLease(lease, [10])])));
            SweepProgress progress = (await grain.Progress())!; // looks for the dead
            Assert.Equal(0, progress.Failed);
            Assert.Equal(alive.ToParsableString(), Assert.Single(progress.Holders));
        }

        Assert.Empty((await cluster.Registry.Recall(ClusterEngine.IdOf(sweep)))!.Losses);
        Assert.NotNull(await grain.Take(alive));
    }

    [Fact]
    public async Task An_oversized_or_invalid_submission_is_refused_with_a_message()
    {
        ResolvedSweep sweep = Sweep("hidden_size=8", "seed=1..50:1");
        await using TestCluster cluster = await TestCluster.Start(1, limits: new SubmissionLimits(Cells: 49, Bytes: 500, CellMemory: 10_000));
        SweepSubmission good = ClusterEngine.Submission(sweep);

        Assert.Contains("49 cells", await cluster.Grain(sweep).Submit(good), StringComparison.Ordinal);
        ResolvedSweep hungry = Sweep("hidden_size=64");
        Assert.Contains("10000 bytes of memory", await cluster.Grain(hungry).Submit(ClusterEngine.Submission(hungry)), StringComparison.Ordinal);
        Assert.Contains("500 bytes", await cluster.Grain(sweep).Submit(good with { Matrices = [new SubmittedMatrix(8, 8, [.. new double[64]])] }), StringComparison.Ordinal);
        Assert.Contains("sweep:1:2: ", await cluster.Grain(sweep).Submit(good with { Text = "{" }), StringComparison.Ordinal);
        Assert.Contains("id is", await cluster.Cluster.Client.GetGrain<ISweepGrain>("another").Submit(good), StringComparison.Ordinal);
        Assert.Contains("from 0 to 9", await cluster.Grain(sweep).Submit(good with { Priority = 10 }), StringComparison.Ordinal);
        Assert.Contains("2 × 3", await cluster.Grain(sweep).Submit(good with { Matrices = [new SubmittedMatrix(2, 3, [1, 2])] }), StringComparison.Ordinal);
        Assert.Null(await cluster.Grain(sweep).Progress());
        Assert.Empty(await cluster.Registry.Sweeps());
    }

    private static ResolvedSweep Sweep(params string[] sets) =>
        SweepFileReader.Read(null, sets, out var problems) ?? throw new ArgumentException(string.Join('\n', problems), nameof(sets));

    /// <summary>Silos whose catalogue reads their registry, and whose experiments take a while or kill their silo.</summary>
    private sealed class TestCluster : ISweepCatalogue, IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, int> _recalls = new();
        private readonly ExperimentRunner _runner = SmallSweep.Runner();
        private readonly SemaphoreSlim _killing = new(1);
        private CellSpec? _deadly;
        private int _kills;

        private TestCluster(TestCluster? shared)
        {
            Store = shared?.Store ?? new MemoryStore();
            Registry = shared?.Registry ?? new MemoryRegistry(Store);
        }

        public InProcessTestCluster Cluster { get; private set; } = null!;

        public MemoryStore Store { get; }

        public MemoryRegistry Registry { get; }

        public ConcurrentDictionary<CellKey, int> Computed { get; } = new();

        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim Heard { get; } = new();

        public TimeSpan Delay { get; set; }

        public int Kills => _kills;

        public static async Task<TestCluster> Start(short silos, TimeSpan delay = default, CellSpec? kills = null, SubmissionLimits? limits = null, TestCluster? shared = null,
            long? cellsAtStart = null, TimeSpan? pause = null)
        {
            var test = new TestCluster(shared) { Delay = delay, _deadly = kills };
            var builder = new InProcessTestClusterBuilder(silos);
            WorkOptions options = WorkOptions.Embedded(1) with { WaitsForStore = true };
            options = options with { Limits = limits ?? options.Limits, MostCellsAtStart = cellsAtStart ?? options.MostCellsAtStart };
            builder.ConfigureSilo((_, silo) =>
            {
                silo.FindDeadSilosQuickly().AddSweeps(new SiloWork(test, test.Registry, options, new SubmittedSweepReader()));
                silo.Services.AddSingleton<IIncomingGrainCallFilter>(new DeadlySilo(test));
                if (pause is { } time)
                {
                    silo.Services.AddSingleton(new TakeoverPauses(time, time));
                }
            });
            test.Cluster = builder.Build();
            await test.Cluster.DeployAsync();
            return test;
        }

        public ISweepGrain Grain(ResolvedSweep sweep) => Cluster.Client.GetGrain<ISweepGrain>(ClusterEngine.IdOf(sweep));

        /// <summary>Submits a sweep, and waits until one of its experiments runs.</summary>
        public async Task<ISweepGrain> Begin(ResolvedSweep sweep)
        {
            ISweepGrain grain = Grain(sweep);
            await grain.Submit(ClusterEngine.Submission(sweep));
            Assert.True(Begun.Wait(s_hang));
            return grain;
        }

        public int Recalls(ResolvedSweep sweep) => _recalls.GetValueOrDefault(ClusterEngine.IdOf(sweep));

        public static async Task Deactivate(ISweepGrain grain)
        {
            await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
            await Task.Delay(20);
        }

        public static async Task<SweepProgress> Finish(ISweepGrain grain)
        {
            await Until(async () => await grain.Progress() is { State: SweepState.Finished });
            return (await grain.Progress())!;
        }

        public static Task Until(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "") => Wait.Until(
            async () =>
            {
                try
                {
                    return await condition();
                }
                catch (Exception error) when (error is OrleansException or TimeoutException)
                {
                    return false; // the grain's silo was killed
                }
            },
            text);

        public async ValueTask<IReadOnlyList<ActiveSweep>> Active() =>
            [.. (await Registry.Sweeps()).Where(sweep => sweep.State == SweepState.Active).Select(sweep => new ActiveSweep(sweep.Id, sweep.Priority))];

        public async ValueTask<SweepWork> Find(string sweep)
        {
            if (new StackTrace().ToString().Contains("SweepGrain", StringComparison.Ordinal))
            {
                _recalls.AddOrUpdate(sweep, 1, (_, count) => count + 1);
            }

            return new SweepWork(sweep, new SubmittedSweepReader().Read((await Registry.Find(sweep))!.Text, digest => null), Store, Run);
        }

        private ExperimentResult Run(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation)
        {
            Begun.Set();
            if (cancellation.WaitHandle.WaitOne(Delay))
            {
                Heard.Set();
                throw new OperationCanceledException(cancellation);
            }

            ExperimentResult result = _runner.Run(experiment, stored, cancellation);
            if (!result.Results.IsEmpty)
            {
                Computed.AddOrUpdate(experiment.Readings[^1].Key, 1, (_, count) => count + 1);
            }

            return result;
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            Store.Dispose();
            _killing.Dispose();
            Begun.Dispose();
            Heard.Dispose();
        }

        /// <summary>Kills the silo that is about to run the deadly experiment, and the silos that must die with it.</summary>
        private sealed class DeadlySilo(TestCluster test) : IIncomingGrainCallFilter
        {
            public async Task Invoke(IIncomingGrainCallContext context)
            {
                if (test._deadly is { } deadly && context.Grain is ExperimentGrain running && Lease(running, context.Request) is { } lease
                    && lease.Experiments.Any(experiment => lease.Sweep.Plan.Experiments.LongestKey(experiment) == CellKey.Of(deadly)))
                {
                    Interlocked.Increment(ref test._kills);
                    SiloAddress here = running.GrainContext.Address.SiloAddress!;
                    _ = Task.Run(async () =>
                    {
                        // Some silos always survive.
                        await test._killing.WaitAsync();
                        await test.Cluster.StartAdditionalSiloAsync();
                        await test.Cluster.KillSiloAsync(test.Cluster.Silos.First(silo => silo.SiloAddress.Equals(here)));
                        test._killing.Release();
                    });
                    await Task.Delay(Timeout.Infinite, lease.Stopped);
                }

                await context.Invoke();
            }

            private static WorkLease? Lease(ExperimentGrain running, IInvokable call) =>
                running.GrainContext.ActivationServices.GetRequiredService<Workers>().Held((string)call.GetArgument(0)!, (long)call.GetArgument(1)!);
        }
    }
}
