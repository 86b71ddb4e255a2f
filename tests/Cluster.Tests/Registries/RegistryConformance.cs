using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.Registries;

/// <summary>Tests that every implementation of a sweep registry must pass.</summary>
public abstract class RegistryConformance
{
    private static readonly Matrix s_matrix = new(2, 2, [1, -0.0, double.Epsilon, 1e300]);
    private const string Plain = "name: plain\nspectral_radius: [0.5, 1, 1.5]\n";

    [SkippableFact]
    public async Task Sweeps_come_in_the_order_in_which_they_were_first_entered()
    {
        (ISweepRegistry registry, _) = await Open();
        Assert.Empty(await registry.Sweeps());
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-1);
        foreach (string name in new[] { "zeta", "alpha", "mu" })
        {
            await Enter(registry, name, Plain.Replace("plain", name, StringComparison.Ordinal));
        }

        await Enter(registry, "zeta", Plain.Replace("plain", "zeta", StringComparison.Ordinal));
        await registry.Note("alpha", 0, SweepState.Cancelled, 1, 0);
        await Enter(registry, "alpha", Plain.Replace("plain", "alpha", StringComparison.Ordinal));
        await registry.Note("mu", 0, SweepState.Finished, 3, 0);

        IReadOnlyList<SweepEntry> sweeps = await registry.Sweeps();
        Assert.Equal(
            [("zeta", "zeta", 3, SweepState.Active), ("alpha", "alpha", 3, SweepState.Active), ("mu", "mu", 3, SweepState.Finished)],
            sweeps.Select(sweep => (sweep.Id, sweep.Name, sweep.Cells, sweep.State)));
        Assert.All(sweeps, sweep => Assert.InRange(sweep.Entered, before, DateTimeOffset.UtcNow.AddMinutes(1)));
    }

    [SkippableFact]
    public async Task An_entered_sweep_is_read_back_unchanged()
    {
        (ISweepRegistry registry, _) = await Open();
        string text = Plain.Replace("plain", "another-name", StringComparison.Ordinal);
        await Enter(registry, "s", text);
        StoredSweep stored = (await registry.Find("s"))!;
        Assert.Equal(text, stored.Text);
        Assert.Empty(stored.Matrices);
        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Equal((SweepState.Active, 3, 0, 0), (history.State, history.Cells, history.Held.Length, history.Losses.Count));
        await registry.Note("s", 0, SweepState.Paused, done: 2, failed: 1);
        history = (await registry.Recall("s"))!;
        Assert.Equal((SweepState.Paused, 2, 1), (history.State, history.Counts.Done, history.Counts.Failed));
    }

    [SkippableFact]
    public async Task The_list_of_sweeps_has_the_activity_that_was_recorded_last()
    {
        ISweepRegistry registry = await Entered();
        Assert.Equal(default, (await Entry()).Activity);
        await registry.Note("s", 0, SweepState.Active, 0, 0, activity: new SweepActivity(5, 0.25, "the matrix is damaged\0"));
        SweepActivity activity = (await Entry()).Activity;
        Assert.Equal((5, 0.25), (activity.Computing, activity.Rate));
        Assert.StartsWith("the matrix is damaged", activity.Damage, StringComparison.Ordinal);

        // Entered again, it may be whole.
        await registry.Note("s", 0, SweepState.Cancelled, 0, 0, activity: new SweepActivity(0, 0, "damaged"));
        Assert.Equal("damaged", (await Entry()).Activity.Damage);
        await Enter(registry, "s", Plain);
        Assert.Null((await Entry()).Activity.Damage);

        async Task<SweepEntry> Entry() => (await registry.Sweeps()).Single(entry => entry.Id == "s");
    }

    [SkippableFact]
    public async Task Missing_sweeps_and_matrices_are_null_empty_or_throw()
    {
        (ISweepRegistry registry, _) = await Open();
        Assert.Null(await registry.Find("none"));
        Assert.Null(await registry.Recall("none"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => registry.Matrix("none"));
    }

    [SkippableFact]
    public async Task Writes_of_a_removed_sweep_are_ignored()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Hold("none", "silo", new HeldLease(1, [1]), [2]);
        await registry.Release("none", "silo", [1]);
        Assert.False(await registry.Lose("none", 0, "silo", new Dictionary<long, int> { [1] = 1 }));
        Assert.Null(await registry.Note("none", 0, SweepState.Cancelled, 1, 1));
        Assert.Null(await registry.Recall("none"));
    }

    [SkippableFact]
    public async Task A_matrix_is_kept_bit_for_bit_and_once()
    {
        string digest = s_matrix.Digest();
        (ISweepRegistry registry, _) = await Open();
        await Enter(registry, "s", WithMatrix, s_matrix);
        await Enter(registry, "s", WithMatrix, s_matrix);
        await Enter(registry, "t", WithMatrix, s_matrix);

        Matrix kept = await registry.Matrix(digest);
        Assert.Equal((2, 2, digest), (kept.Rows, kept.Columns, kept.Digest()));
        Assert.Equal(["s", "t"], (await registry.Sweeps()).Select(sweep => sweep.Id));
        Assert.Equal(digest, Assert.Single((await registry.Find("t"))!.Matrices));
    }

    [SkippableFact]
    public async Task Leases_of_silos_and_losses_are_stored()
    {
        ISweepRegistry registry = await Entered();
        await registry.Hold("s", "silo a", new HeldLease(1, [5, 6]), []);
        await registry.Hold("s", "silo b", new HeldLease(1, [7]), []);
        await registry.Hold("s", "silo a", new HeldLease(3, [9, 2]), [1, 44]);
        await registry.Hold("s", "silo a", new HeldLease(4, [8]), []);
        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Equal(["silo a 3: 9 2", "silo a 4: 8", "silo b 1: 7"], Held(history));
        Assert.Empty(history.Losses);

        await registry.Lose("s", 0, "silo a", new Dictionary<long, int> { [9] = 1, [8] = 2 });
        await registry.Lose("s", 0, "silo c", new Dictionary<long, int> { [9] = 3, [8] = 1 });
        await registry.Release("s", "silo b", [2]);
        history = (await registry.Recall("s"))!;
        Assert.Equal(["silo b 1: 7"], Held(history));
        Assert.Equal([(8L, 2), (9L, 3)], history.Losses.OrderBy(loss => loss.Key).Select(loss => (loss.Key, loss.Value)));

        await registry.Release("s", "silo b", [1]);
        Assert.Empty((await registry.Recall("s"))!.Held);

        static IEnumerable<string> Held(SweepHistory history) => history.Held.Select(held => $"{held.Silo} {held.Lease.Id}: {string.Join(' ', held.Lease.Experiments)}");
    }

    [SkippableFact]
    public async Task A_lease_is_answered_with_the_experiments_that_other_active_sweeps_run()
    {
        (ISweepRegistry registry, _) = await Open();
        foreach (string sweep in new[] { "s", "t", "paused" })
        {
            await Enter(registry, sweep, Plain);
            Assert.Empty(Running(await registry.Hold(sweep, "silo a", new HeldLease(1, [7]), [1]))); // deletes and records its own lease only
            await registry.Release(sweep, "silo a", [1]);
        }

        await registry.Hold("s", "silo a", new HeldLease(2, [5, 6]), []);
        await registry.Hold("paused", "silo a", new HeldLease(3, [4]), []);
        await registry.Note("paused", 0, SweepState.Paused, 0, 0);

        RunningExperiments running = Assert.Single(Running(await registry.Hold("t", "silo b", new HeldLease(1, [5]), [])));
        Assert.Equal("s 5 6", $"{running.Sweep} {string.Join(' ', running.Experiments)}");
        Assert.Equal("t", Assert.Single(Running(await registry.Hold("s", "silo c", new HeldLease(4, [5]), []))).Sweep);

        static IEnumerable<RunningExperiments> Running(IEnumerable<RunningExperiments> others) => others.Where(other => !other.Experiments.IsEmpty);
    }

    [SkippableFact]
    public async Task A_lease_is_answered_with_the_sweeps_that_may_have_stored_readings_since_the_sweep_was_claimed()
    {
        (ISweepRegistry registry, _) = await Open();
        await Enter(registry, "s", Plain);
        await registry.Claim("s");
        Assert.Empty(await Others()); // alone

        await Enter(registry, "t", Plain);
        Assert.Equal(["t"], await Others());
        await registry.Note("t", 0, SweepState.Paused, 0, 0);
        await registry.Claim("s");
        Assert.Equal(["t"], await Others()); // the leases of a paused sweep end, however long ago it was paused
        await registry.Note("t", 0, SweepState.Finished, 0, 0);
        Assert.Equal(["t"], await Others()); // finished since the claim

        await registry.Claim("s"); // after this, the ledger is compared with the store
        Assert.Empty(await Others());

        await Enter(registry, "cancelled", Plain);
        await registry.Note("cancelled", 0, SweepState.Cancelled, 0, 0);
        await registry.Claim("s");
        Assert.Equal(["cancelled"], await Others()); // it may still be storing what it ran

        async Task<IEnumerable<string>> Others() => (await registry.Hold("s", "silo", new HeldLease(1, [5]), [1])).Select(other => other.Sweep);
    }

    [SkippableFact]
    public async Task Recorded_parts_are_replaced_by_later_ones_and_deleted_when_the_sweep_is_entered_again()
    {
        ISweepRegistry registry = await Entered();
        CellKey first = CellKey.Of(new CellSpec { Seed = 1 }), other = CellKey.Of(new CellSpec { Seed = 2 });
        long epoch = (await registry.Claim("s"))!.Value;
        Assert.Null((await registry.Recall("s"))!.Parts);

        Assert.NotNull(await registry.Note("s", epoch, SweepState.Active, 1, 0, new RecordedParts(first, [new DonePart(0, [1]), new DonePart(7, [0, 255])])));
        Assert.NotNull(await registry.Note("s", epoch, SweepState.Active, 2, 1, new RecordedParts(first, [new DonePart(0, [3])])));
        Assert.NotNull(await registry.Note("s", epoch, SweepState.Active, 2, 1));
        await registry.Claim("s");
        Assert.Null(await registry.Note("s", epoch, SweepState.Active, 3, 0, new RecordedParts(other, [new DonePart(0, [7])])));
        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Equal((2, 1), history.Counts);
        Assert.Equal(first, history.Parts!.FirstCell);
        Assert.Equal(["0: 03", "7: 00FF"], history.Parts.Parts.OrderBy(part => part.Index).Select(part => $"{part.Index}: {Convert.ToHexString(part.Bits)}"));

        await registry.Note("s", epoch + 1, SweepState.Cancelled, 2, 1);
        await Enter(registry, "s", Plain);
        Assert.Null((await registry.Recall("s"))!.Parts);
    }

    [SkippableFact]
    public async Task Writes_of_an_earlier_activation_are_refused()
    {
        ISweepRegistry registry = await Entered();
        await registry.Hold("s", "silo a", new HeldLease(1, [5]), []);
        long earlier = (await registry.Claim("s"))!.Value;
        Assert.NotNull(await registry.Note("s", earlier, SweepState.Active, 1, 0));

        long later = (await registry.Claim("s"))!.Value;

        Assert.Equal(earlier + 1, later);
        Assert.Null(await registry.Note("s", earlier, SweepState.Cancelled, 0, 0));
        Assert.False(await registry.Lose("s", earlier, "silo a", new Dictionary<long, int> { [5] = 1 }));
        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Equal((SweepState.Active, 1, 0), (history.State, history.Held.Length, history.Losses.Count));
        Assert.Equal(1, Assert.Single(await registry.Sweeps()).Done);
        Assert.NotNull(await registry.Note("s", later, SweepState.Cancelled, 2, 0));
        Assert.True(await registry.Lose("s", later, "silo a", new Dictionary<long, int> { [5] = 1 }));
        Assert.Single((await registry.Recall("s"))!.Losses);
        Assert.Null(await registry.Claim("none"));
    }

    [SkippableFact]
    public async Task Entering_a_sweep_again_deletes_its_earlier_losses_and_failures()
    {
        (ISweepRegistry registry, IResultStore store) = await Open();
        await Enter(registry, "s", Plain);
        foreach (SweepState state in new[] { SweepState.Cancelled, SweepState.Finished })
        {
            ReadingFailure failure = new(CellKey.Of(new CellSpec { Seed = (ulong)state }), 3, $"why {state}");
            store.Add([], [failure]);
            await registry.Lose("s", 0, "silo", new Dictionary<long, int> { [5] = 3 });
            await registry.Note("s", 0, state, done: 2, failed: 1);
            Assert.Contains(failure, await registry.Failures("s"));
            Assert.Equal(state, (await registry.Recall("s"))!.State);
            SweepEntry entry = Assert.Single(await registry.Sweeps());
            Assert.Equal((2, 1), (entry.Done, entry.Failed));

            await Enter(registry, "s", Plain);

            Assert.Empty(await registry.Failures("s"));
            SweepHistory history = (await registry.Recall("s"))!;
            Assert.Equal(SweepState.Active, history.State);
            Assert.Empty(history.Losses);
        }
    }

    [SkippableFact]
    public async Task Entering_an_active_sweep_again_changes_nothing()
    {
        (ISweepRegistry registry, IResultStore store) = await Open();
        await Enter(registry, "s", Plain);
        store.Add([], [new ReadingFailure(CellKey.Of(new CellSpec()), 0, "why")]);
        await registry.Lose("s", 0, "silo", new Dictionary<long, int> { [6] = 1 });
        await Enter(registry, "s", Plain);
        Assert.Single((await registry.Recall("s"))!.Losses);
        Assert.Single(await registry.Failures("s"));
    }

    [SkippableFact]
    public async Task A_late_progress_record_does_not_reopen_a_finished_sweep()
    {
        ISweepRegistry registry = await Entered();
        Assert.Equal(SweepState.Paused, await registry.Note("s", 0, SweepState.Paused, 1, 0));
        Assert.Equal(SweepState.Finished, await registry.Note("s", 0, SweepState.Finished, 3, 0));
        Assert.Equal(SweepState.Finished, await registry.Note("s", 0, SweepState.Active, 2, 0));
        SweepEntry entry = Assert.Single(await registry.Sweeps());
        Assert.Equal((SweepState.Finished, 3), (entry.State, entry.Done));
    }

    [SkippableFact]
    public async Task A_priority_is_kept_until_another_is_given()
    {
        (ISweepRegistry registry, _) = await Open();
        await Enter(registry, "s", Plain);
        await Enter(registry, "t", Plain, priority: 9);
        Assert.Equal([5, 9], (await registry.Sweeps()).Select(sweep => sweep.Priority));

        await Enter(registry, "s", Plain, priority: 0);
        await Enter(registry, "t", Plain);
        await registry.Note("t", 0, SweepState.Finished, 3, 0);
        await Enter(registry, "t", Plain);
        Assert.Equal([0, 9], (await registry.Sweeps()).Select(sweep => sweep.Priority));
    }

    [SkippableFact]
    public async Task A_paused_sweep_can_become_active_cancelled_or_finished()
    {
        ISweepRegistry registry = await Entered();
        foreach (SweepState next in new[] { SweepState.Active, SweepState.Cancelled, SweepState.Finished })
        {
            await Enter(registry, "s", Plain);
            await registry.Note("s", 0, SweepState.Paused, 1, 0);
            Assert.Equal(SweepState.Paused, (await registry.Recall("s"))!.State);
            await registry.Note("s", 0, next, 2, 0);
            Assert.Equal(next, Assert.Single(await registry.Sweeps()).State);
        }
    }

    [SkippableFact]
    public async Task A_sweep_that_is_entered_concurrently_exists_once()
    {
        (ISweepRegistry registry, _) = await Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Enter(registry, $"s{i % 2}", WithMatrix, s_matrix))));
        Assert.Equal(["s0", "s1"], (await registry.Sweeps()).Select(sweep => sweep.Id).Order());
    }

    /// <summary>Opens the registry of this test and its store, the same ones each time.</summary>
    protected abstract Task<(ISweepRegistry Registry, IResultStore Store)> Open();

    private static string WithMatrix => $"name: with-a-matrix\nhidden_size: 2\nweights: {s_matrix.Digest()}/w.npy\n";

    private static Task Enter(ISweepRegistry registry, string sweep, string text, int priority) =>
        registry.Enter(sweep, text, new SubmittedSweepReader().Read(text, _ => null), new Dictionary<string, Matrix>(), priority);

    private static Task Enter(ISweepRegistry registry, string sweep, string text, params Matrix[] matrices)
    {
        var byDigest = matrices.ToDictionary(matrix => matrix.Digest());
        return registry.Enter(sweep, text, new SubmittedSweepReader().Read(text, byDigest.GetValueOrDefault), byDigest);
    }

    private async Task<ISweepRegistry> Entered()
    {
        (ISweepRegistry registry, _) = await Open();
        await Enter(registry, "s", Plain);
        return registry;
    }
}
