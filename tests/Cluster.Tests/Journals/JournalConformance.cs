using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.Journals;

/// <summary>What every journal does, whatever it is made of.</summary>
public abstract class JournalConformance
{
    private static readonly Matrix s_matrix = new(2, 2, [1, -0.0, double.Epsilon, 1e300]);
    private static readonly SweepDescription s_plain = Description("plain", ("spectral_radius", ["0.5", "1", "1.5"]));

    [SkippableFact]
    public async Task Sweeps_come_in_the_order_in_which_they_were_first_entered()
    {
        ISweepJournal journal = await Open();
        Assert.Empty(await journal.Sweeps());
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-1);
        foreach (string name in new[] { "zeta", "alpha", "mu" })
        {
            await journal.Enter(name, s_plain with { Name = name }, Matrices());
        }

        await journal.Enter("zeta", s_plain with { Name = "zeta" }, Matrices());
        await journal.Note("alpha", new SweepChange { State = SweepState.Cancelled });
        await journal.Enter("alpha", s_plain with { Name = "alpha" }, Matrices());
        await journal.Note("mu", new SweepChange { State = SweepState.Finished });

        IReadOnlyList<SweepEntry> sweeps = await journal.Sweeps();
        Assert.Equal(
            [("zeta", "zeta", 3, SweepState.Active), ("alpha", "alpha", 3, SweepState.Active), ("mu", "mu", 3, SweepState.Finished)],
            sweeps.Select(sweep => (sweep.Id, sweep.Name, sweep.Cells, sweep.State)));
        Assert.All(sweeps, sweep => Assert.InRange(sweep.Entered, before, DateTimeOffset.UtcNow.AddMinutes(1)));
    }

    [SkippableFact]
    public async Task What_was_entered_comes_back_as_it_was()
    {
        ISweepJournal journal = await Open();
        SweepDescription description = s_plain with { Name = "another-name" };
        await journal.Enter("s", description, Matrices());
        Assert.Equal(description.Text, (await journal.Description("s"))?.Text);
        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.Equal(
            (SweepState.Active, 0, 0, 0, 0, 0),
            (memory.State, memory.Leases.Length, memory.Losses.Count, memory.Failures.Count, memory.Outcomes, memory.LastLease));
    }

    [SkippableFact]
    public async Task What_is_not_there_is_null_empty_or_refused()
    {
        ISweepJournal journal = await Open();
        Assert.Null(await journal.Description("none"));
        Assert.Null(await journal.Recall("none"));
        Assert.Empty(await journal.Events("none", 0, 10));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => journal.Matrix("none"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => journal.Note("none", Done(1)));
    }

    [SkippableFact]
    public async Task A_matrix_is_kept_bit_for_bit_and_may_be_left_out_the_next_time()
    {
        string digest = s_matrix.Digest();
        SweepDescription description = WithMatrix(digest);
        ISweepJournal journal = await Open();
        await Assert.ThrowsAsync<KeyNotFoundException>(() => journal.Enter("s", description, Matrices()));
        Assert.Empty(await journal.Sweeps());

        await journal.Enter("s", description, Matrices(s_matrix));
        await journal.Enter("s", description, Matrices(s_matrix));
        await journal.Enter("t", description, Matrices());

        Matrix kept = await journal.Matrix(digest);
        Assert.Equal((2, 2, digest), (kept.Rows, kept.Columns, kept.Digest()));
        Assert.Equal(["s", "t"], (await journal.Sweeps()).Select(sweep => sweep.Id));
    }

    [SkippableFact]
    public async Task A_matrix_that_no_field_names_is_not_kept()
    {
        ISweepJournal journal = await Open();
        await journal.Enter("s", s_plain, Matrices(s_matrix));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => journal.Matrix(s_matrix.Digest()));
    }

    [SkippableFact]
    public async Task A_description_that_cannot_be_planned_is_not_entered()
    {
        ISweepJournal journal = await Open();
        await Assert.ThrowsAsync<FormatException>(() => journal.Enter("s", Description("s", ("no_such_field", ["1"])), Matrices()));
        await Assert.ThrowsAsync<FormatException>(() => journal.Enter("s", Description("s", ("spectral_radius", ["-1"])), Matrices()));
        Assert.Empty(await journal.Sweeps());
    }

    [SkippableFact]
    public async Task Leases_and_losses_are_remembered()
    {
        ISweepJournal journal = await Entered();
        HeldLease third = new(3, "silo b", [7, 2]);
        await journal.Note("s", new SweepChange { Granted = [third, new HeldLease(1, "silo a", [5, 6])] });
        await journal.Note("s", new SweepChange { Ended = [1, 44], Losses = Losses((5, 1), (6, 2)) });
        await journal.Note("s", new SweepChange { Losses = Losses((5, 2), (6, 1)) });
        await journal.Note("s", new SweepChange());

        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.True(Assert.Single(memory.Leases).IsSameAs(third));
        Assert.Equal(3, memory.LastLease);
        Assert.Equal(Losses((5, 2), (6, 2)).Order(ByExperiment), memory.Losses.Order(ByExperiment));

        await journal.Note("s", new SweepChange { Ended = [3] });
        memory = (await journal.Recall("s"))!;
        Assert.Equal((0, 3), (memory.Leases.Length, memory.LastLease));
    }

    [SkippableFact]
    public async Task A_lease_that_is_out_is_not_granted_to_another_and_nothing_of_that_change_is_noted()
    {
        ISweepJournal journal = await Entered();
        HeldLease held = new(1, "silo a", [5, 6]);
        await journal.Note("s", new SweepChange { Granted = [held] });
        await journal.Note("s", new SweepChange { Granted = [held with { Experiments = [5, 6] }] });

        foreach (HeldLease other in new[] { held with { Silo = "silo b" }, held with { Experiments = [5] } })
        {
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => journal.Note("s", Done(9) with { Granted = [other], Losses = Losses((5, 1)), State = SweepState.Finished }));
        }

        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.True(Assert.Single(memory.Leases).IsSameAs(held));
        Assert.Empty(memory.Losses);
        Assert.Equal(SweepState.Active, memory.State);
        Assert.Empty(await journal.Events("s", 0, 10));
    }

    [SkippableFact]
    public async Task Outcomes_get_ascending_numbers_in_the_order_given()
    {
        ISweepJournal journal = await Entered();
        await journal.Note("s", new SweepChange { Outcomes = [(5, null), (3, "why"), (5, null), (4, null)] });
        await journal.Note("s", new SweepChange { Outcomes = [(3, "again"), (4, "late"), (1, null)] });

        SweepEvent[] expected = [new(1, 5, null), new(2, 3, "why"), new(3, 4, null), new(4, 1, null)];
        Assert.Equal(expected, (await journal.Events("s", 0, 100)).AsEnumerable());
        Assert.Equal(expected[2..], (await journal.Events("s", 2, 100)).AsEnumerable());
        Assert.Equal(expected[1..2], (await journal.Events("s", 1, 1)).AsEnumerable());
        Assert.Empty(await journal.Events("s", 4, 100));
        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.Equal((4, new KeyValuePair<long, string>(3, "why")), (memory.Outcomes, Assert.Single(memory.Failures)));
    }

    [SkippableFact]
    public async Task A_cell_that_had_failed_and_is_done_now_gets_a_new_number()
    {
        ISweepJournal journal = await Entered();
        await journal.Note("s", new SweepChange { Outcomes = [(5, "why"), (6, null), (7, "too"), (7, null)] });
        await journal.Note("s", new SweepChange { Outcomes = [(6, null), (5, null), (5, "late")] });

        ImmutableArray<SweepEvent> events = await journal.Events("s", 0, 100);
        Assert.Equal([(6L, null), (7L, null), (5L, null)], events.Select(seen => (seen.Experiment, seen.Failure)));
        Assert.Equal(events.Select(seen => seen.Number).Order().Distinct(), events.Select(seen => seen.Number));

        // Who had seen everything sees what is new.
        Assert.Equal(5, Assert.Single(await journal.Events("s", events[1].Number, 100)).Experiment);
        SweepMemory memory = (await journal.Recall("s"))!;
        Assert.Equal((3, 0), (memory.Outcomes, memory.Failures.Count));
    }

    [SkippableFact]
    public async Task A_sweep_that_is_entered_again_forgets_losses_and_failures_and_keeps_what_is_done()
    {
        ISweepJournal journal = await Entered();
        foreach (SweepState state in new[] { SweepState.Cancelled, SweepState.Finished })
        {
            await journal.Note("s", Done(6) with { Losses = Losses((5, 3)), Granted = [new HeldLease(4, "silo", [8])], State = state });
            await journal.Note("s", new SweepChange { Outcomes = [(5, "why")] });
            Assert.Equal(state, (await journal.Recall("s"))!.State);

            await journal.Enter("s", s_plain, Matrices());

            SweepMemory memory = (await journal.Recall("s"))!;
            Assert.Equal(SweepState.Active, memory.State);
            Assert.Empty(memory.Losses);
            Assert.Empty(memory.Failures);
            Assert.Equal(1, memory.Outcomes);
            Assert.Equal((1, 4), (memory.Leases.Length, memory.LastLease));
            Assert.Equal(6, Assert.Single(await journal.Events("s", 0, 100)).Experiment);
        }

        // A failure that was forgotten may come again, with a number that no reader has passed.
        await journal.Note("s", new SweepChange { Outcomes = [(5, "again")] });
        Assert.Equal(5, Assert.Single(await journal.Events("s", 3, 100)).Experiment);
    }

    [SkippableFact]
    public async Task A_sweep_under_way_that_is_entered_again_goes_on_as_it_was()
    {
        ISweepJournal journal = await Entered();
        await journal.Note("s", new SweepChange { Outcomes = [(5, "why")], Losses = Losses((6, 1)) });
        await journal.Enter("s", s_plain, Matrices());
        Assert.Single((await journal.Recall("s"))!.Losses);
        Assert.Single(await journal.Events("s", 0, 100));
    }

    [SkippableFact]
    public async Task A_reader_misses_nothing_that_many_note_at_once()
    {
        const int Writers = 6, Changes = 40;
        ISweepJournal journal = await Entered();
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            ISweepJournal own = await Open();
            var random = new Random(writer);
            for (int i = 0; i < Changes; i++)
            {
                // Half of the cells are another's, too; some had failed.
                long mine = (writer * Changes) + i, shared = random.Next(Writers * Changes);
                await own.Note("s", new SweepChange { Outcomes = [(shared, random.Next(2) == 0 ? "why" : null), (mine, null)] });
            }
        })));

        Dictionary<long, SweepEvent> seen = [];
        long last = 0;
        while (true)
        {
            bool isLast = writing.IsCompleted;
            ImmutableArray<SweepEvent> page = await journal.Events("s", last, 17);
            foreach (SweepEvent happened in page)
            {
                Assert.True(happened.Number > last);
                last = happened.Number;
                seen[happened.Experiment] = happened;
            }

            if (isLast && page.IsEmpty)
            {
                break;
            }
        }

        await writing;
        Assert.Equal((await journal.Events("s", 0, int.MaxValue)).AsEnumerable(), seen.Values.OrderBy(happened => happened.Number));
        Assert.Equal(Enumerable.Range(0, Writers * Changes).Select(cell => (long)cell), seen.Keys.Order());
        Assert.All(seen.Values, happened => Assert.Null(happened.Failure));
    }

    [SkippableFact]
    public async Task Of_two_activations_that_grant_the_same_lease_one_is_told()
    {
        ISweepJournal journal = await Entered();
        for (long id = 1; id <= 20; id++)
        {
            Exception?[] errors = await Task.WhenAll(Enumerable.Range(0, 4).Select(async silo =>
                await Record.ExceptionAsync(() => Task.Run(() => journal.Note("s", new SweepChange { Granted = [new HeldLease(id, $"silo {silo}", [silo])] })))));
            Assert.Single(errors, error => error is null);
            Assert.All(errors, error => Assert.True(error is null or InvalidOperationException));
        }

        Assert.Equal(20, (await journal.Recall("s"))!.Leases.Length);
    }

    [SkippableFact]
    public async Task A_sweep_that_many_enter_at_once_is_there_once()
    {
        ISweepJournal journal = await Open();
        SweepDescription description = WithMatrix(s_matrix.Digest());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => journal.Enter($"s{i % 2}", description, Matrices(s_matrix)))));
        Assert.Equal(["s0", "s1"], (await journal.Sweeps()).Select(sweep => sweep.Id).Order());
    }

    /// <summary>Opens the journal of this test, each time the same.</summary>
    protected abstract Task<ISweepJournal> Open();

    private static Comparer<KeyValuePair<long, int>> ByExperiment { get; } = Comparer<KeyValuePair<long, int>>.Create((a, b) => a.Key.CompareTo(b.Key));

    private static SweepDescription Description(string name, params (string Field, string[] Values)[] fields) =>
        new(name, [.. fields.Select(field => new SettingDescription(field.Field, true, null, [.. field.Values.Select(value => new ValueDescription(value))]))]);

    private static SweepDescription WithMatrix(string digest) => new(
        "with a matrix",
        [
            new SettingDescription("hidden_size", false, null, [new ValueDescription("2")]),
            new SettingDescription("weights", false, null, [new ValueDescription("w.npy", digest)]),
        ]);

    private static Dictionary<string, Matrix> Matrices(params Matrix[] matrices) => matrices.ToDictionary(matrix => matrix.Digest());

    private static SweepChange Done(long cell) => new() { Outcomes = [(cell, null)] };

    private static ImmutableDictionary<long, int> Losses(params (long Cell, int Count)[] losses) =>
        losses.ToImmutableDictionary(loss => loss.Cell, loss => loss.Count);

    private async Task<ISweepJournal> Entered()
    {
        ISweepJournal journal = await Open();
        await journal.Enter("s", s_plain, Matrices());
        return journal;
    }
}
