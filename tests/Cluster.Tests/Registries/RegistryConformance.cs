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
    private static readonly SweepDescription s_plain = Description("plain", ("spectral_radius", ["0.5", "1", "1.5"]));

    [SkippableFact]
    public async Task Sweeps_come_in_the_order_in_which_they_were_first_entered()
    {
        (ISweepRegistry registry, _) = await Open();
        Assert.Empty(await registry.Sweeps());
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-1);
        foreach (string name in new[] { "zeta", "alpha", "mu" })
        {
            await registry.Enter(name, s_plain with { Name = name }, Matrices());
        }

        await registry.Enter("zeta", s_plain with { Name = "zeta" }, Matrices());
        await registry.Note("alpha", SweepState.Cancelled, 1, 0);
        await registry.Enter("alpha", s_plain with { Name = "alpha" }, Matrices());
        await registry.Note("mu", SweepState.Finished, 3, 0);

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
        SweepDescription description = s_plain with { Name = "another-name" };
        await registry.Enter("s", description, Matrices());
        Assert.Equal(description.Text, (await registry.Description("s"))?.Text);
        SweepHistory history = (await registry.Recall("s"))!;
        Assert.Equal((SweepState.Active, 3, 0, 0), (history.State, history.Cells, history.Held.Length, history.Losses.Count));
    }

    [SkippableFact]
    public async Task Missing_sweeps_and_matrices_are_null_empty_or_throw()
    {
        (ISweepRegistry registry, _) = await Open();
        Assert.Null(await registry.Description("none"));
        Assert.Null(await registry.Recall("none"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => registry.Matrix("none"));
    }

    [SkippableFact]
    public async Task A_matrix_is_stored_bit_for_bit_and_may_be_omitted_later()
    {
        string digest = s_matrix.Digest();
        SweepDescription description = WithMatrix(digest);
        (ISweepRegistry registry, _) = await Open();
        await Assert.ThrowsAsync<KeyNotFoundException>(() => registry.Enter("s", description, Matrices()));
        Assert.Empty(await registry.Sweeps());

        await registry.Enter("s", description, Matrices(s_matrix));
        await registry.Enter("s", description, Matrices(s_matrix));
        await registry.Enter("t", description, Matrices());

        Matrix kept = await registry.Matrix(digest);
        Assert.Equal((2, 2, digest), (kept.Rows, kept.Columns, kept.Digest()));
        Assert.Equal(["s", "t"], (await registry.Sweeps()).Select(sweep => sweep.Id));
    }

    [SkippableFact]
    public async Task A_matrix_that_no_field_names_is_not_stored()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", s_plain, Matrices(s_matrix));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => registry.Matrix(s_matrix.Digest()));
    }

    [SkippableFact]
    public async Task A_description_that_cannot_be_planned_is_not_entered()
    {
        (ISweepRegistry registry, _) = await Open();
        await Assert.ThrowsAsync<FormatException>(() => registry.Enter("s", Description("s", ("no_such_field", ["1"])), Matrices()));
        await Assert.ThrowsAsync<FormatException>(() => registry.Enter("s", Description("s", ("spectral_radius", ["-1"])), Matrices()));
        Assert.Empty(await registry.Sweeps());
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

        await registry.Lose("s", "silo a", new Dictionary<long, int> { [9] = 1, [8] = 2 });
        await registry.Lose("s", "silo c", new Dictionary<long, int> { [9] = 3, [8] = 1 });
        await registry.Release("s", "silo b", [2]);
        history = (await registry.Recall("s"))!;
        Assert.Equal(["silo b 1: 7"], Held(history));
        Assert.Equal([(8L, 2), (9L, 3)], history.Losses.OrderBy(loss => loss.Key).Select(loss => (loss.Key, loss.Value)));

        await registry.Release("s", "silo b", [1]);
        Assert.Empty((await registry.Recall("s"))!.Held);

        static IEnumerable<string> Held(SweepHistory history) => history.Held.Select(held => $"{held.Silo} {held.Lease.Id}: {string.Join(' ', held.Lease.Experiments)}");
    }

    [SkippableFact]
    public async Task Entering_a_sweep_again_deletes_its_earlier_losses_and_failures()
    {
        (ISweepRegistry registry, IResultStore store) = await Open();
        await registry.Enter("s", s_plain, Matrices());
        foreach (SweepState state in new[] { SweepState.Cancelled, SweepState.Finished })
        {
            ReadingFailure failure = new(CellKey.Of(new CellSpec { Seed = (ulong)state }), 3, $"why {state}");
            store.Add([], [failure]);
            await registry.Lose("s", "silo", new Dictionary<long, int> { [5] = 3 });
            await registry.Note("s", state, done: 2, failed: 1);
            Assert.Contains(failure, await registry.Failures("s"));
            Assert.Equal(state, (await registry.Recall("s"))!.State);
            SweepEntry entry = Assert.Single(await registry.Sweeps());
            Assert.Equal((2, 1), (entry.Done, entry.Failed));

            await registry.Enter("s", s_plain, Matrices());

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
        await registry.Enter("s", s_plain, Matrices());
        store.Add([], [new ReadingFailure(CellKey.Of(new CellSpec()), 0, "why")]);
        await registry.Lose("s", "silo", new Dictionary<long, int> { [6] = 1 });
        await registry.Enter("s", s_plain, Matrices());
        Assert.Single((await registry.Recall("s"))!.Losses);
        Assert.Single(await registry.Failures("s"));
    }

    [SkippableFact]
    public async Task A_late_progress_record_does_not_reopen_a_finished_sweep()
    {
        ISweepRegistry registry = await Entered();
        await registry.Note("s", SweepState.Finished, 3, 0);
        await registry.Note("s", SweepState.Active, 2, 0);
        SweepEntry entry = Assert.Single(await registry.Sweeps());
        Assert.Equal((SweepState.Finished, 3), (entry.State, entry.Done));
    }

    [SkippableFact]
    public async Task A_sweep_that_is_entered_concurrently_exists_once()
    {
        (ISweepRegistry registry, _) = await Open();
        SweepDescription description = WithMatrix(s_matrix.Digest());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => registry.Enter($"s{i % 2}", description, Matrices(s_matrix)))));
        Assert.Equal(["s0", "s1"], (await registry.Sweeps()).Select(sweep => sweep.Id).Order());
    }

    /// <summary>Opens the registry of this test and its store, the same ones each time.</summary>
    protected abstract Task<(ISweepRegistry Registry, IResultStore Store)> Open();

    private static SweepDescription Description(string name, params (string Field, string[] Values)[] fields) =>
        new(name, [.. fields.Select(field => new SettingDescription(field.Field, true, null, [.. field.Values.Select(value => new ValueDescription(value))]))]);

    private static SweepDescription WithMatrix(string digest) => new(
        "with a matrix",
        [
            new SettingDescription("hidden_size", false, null, [new ValueDescription("2")]),
            new SettingDescription("weights", false, null, [new ValueDescription("w.npy", digest)]),
        ]);

    private static Dictionary<string, Matrix> Matrices(params Matrix[] matrices) => matrices.ToDictionary(matrix => matrix.Digest());

    private async Task<ISweepRegistry> Entered()
    {
        (ISweepRegistry registry, _) = await Open();
        await registry.Enter("s", s_plain, Matrices());
        return registry;
    }
}
