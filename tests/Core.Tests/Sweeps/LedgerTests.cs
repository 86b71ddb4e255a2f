using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class LedgerTests
{
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(10);

    private enum What
    {
        Lease,
        Done,
        Failed,
        LateDone,
        Renew,
        GiveBack,
        Lose,
        Wait,
    }

    /// <summary>One random step; the numbers choose a lease or a cell among those there are.</summary>
    private sealed record Step(What What, int Which, int Cell);

    [Fact]
    public void Any_history_agrees_with_a_naive_model_and_comes_to_an_end()
    {
        Gen<Step> step =
            from what in Gen.Frequency(
                (6, Gen.Constant(What.Lease)), (8, Gen.Constant(What.Done)),
                (2, Gen.Constant(What.Failed)), (2, Gen.Constant(What.LateDone)),
                (1, Gen.Constant(What.Renew)), (2, Gen.Constant(What.GiveBack)), (3, Gen.Constant(What.Lose)), (2, Gen.Constant(What.Wait)))
            from which in Gen.Choose(0, 1000)
            from cell in Gen.Choose(0, 1000)
            select new Step(what, which, cell);
        var histories =
            from radii in Gen.Choose(1, 5)
            from lengths in Gen.SubListOf(new[] { 7, 300, 20, 1, 50 })
            from lengthsFirst in Gen.Elements(true, false)
            from stored in Gen.ListOf(Gen.Choose(0, 24))
            from steps in Gen.ListOf(step)
            let some = lengths.Count == 0 ? [10] : lengths.ToArray()
            select (radii, lengths: some, lengthsFirst, stored: stored.ToHashSet(), steps: steps.ToArray());

        Prop.ForAll(Arb.From(histories), history =>
        {
            SweepPlan plan = Plan(history.radii, history.lengths, history.lengthsFirst);
            var model = new Model(plan, [.. history.stored.Select(cell => (long)cell).Where(cell => cell < plan.CellCount)]);
            foreach (Step next in history.steps)
            {
                model.Take(next);
            }

            model.Finish();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(80));
    }

    [Fact]
    public void Work_goes_out_largest_first_and_adds_up()
    {
        foreach (long stored in new[] { -1, 0, 1, 5, 7 })
        {
            SweepPlan plan = SweepPlan.Of("sizes", [Axis("hidden_size", "8", "32", "16"), Axis("sequence_length", "100", "10", "1000")]);
            CellKey? known = stored < 0 ? null : CellKey.Of(plan.Cell(stored));
            var ledger = new SweepLedger(plan, key => key == known);
            var leases = new List<Lease>();
            while (ledger.TryLease(TimeSpan.Zero) is { } lease)
            {
                leases.Add(lease);
            }

            double[] works = [.. leases.Select(lease => lease.Cells.Sum(cell => cell.Work))];
            Assert.Equal(works.OrderDescending(), works);
            Assert.Equal(ledger.OpenWork, works.Sum(), ledger.OpenWork * 1e-12);
            Assert.All(leases, lease =>
                Assert.Equal(WorkEstimate.Operations(lease.Cells[^1].Spec), lease.Cells.Sum(cell => cell.Work), 1.0));
            Assert.Equal(plan.CellCount - (stored < 0 ? 0 : 1), leases.Sum(lease => lease.Cells.Length));
        }
    }

    [Fact]
    public void A_cell_that_kills_its_host_is_tried_alone_and_given_up_after_three_times()
    {
        // Eight cells along two trajectories; whoever computes the second length of the first one dies.
        SweepPlan plan = Plan(2, [10, 20, 30, 40], lengthsFirst: false);
        long deadly = plan.CellIndex(0, 1);
        var ledger = new SweepLedger(plan);
        int deaths = 0;
        while (ledger.TryLease(TimeSpan.Zero) is { } lease)
        {
            foreach (LeasedCell cell in lease.Cells)
            {
                if (cell.Index == deadly)
                {
                    Assert.True(deaths == 0 || lease.Cells.Length == 1, "a suspect is tried alone");
                    deaths++;
                    ledger.Lose(lease.Id);
                    Assert.False(ledger.Renew(lease.Id, TimeSpan.Zero));
                    break;
                }

                Assert.True(ledger.ReportDone(cell.Index, cell.Key));
            }
        }

        Assert.Equal(SweepLedger.MaximumLosses, deaths);
        Assert.Equal(new LedgerCounts(7, 1, 0, 0), ledger.Counts);
        Assert.Contains("3 times", ledger.Failures[deadly], StringComparison.Ordinal);

        // It may have been the machine: a result that comes in after all counts.
        Assert.True(ledger.ReportDone(deadly, CellKey.Of(plan.Cell(deadly))));
        Assert.Equal(new LedgerCounts(8, 0, 0, 0), ledger.Counts);
        Assert.Empty(ledger.Failures);
    }

    [Fact]
    public void Small_trajectories_go_out_together_until_a_lease_has_enough_work()
    {
        SweepPlan plan = Plan(5, [10, 20], lengthsFirst: true);
        double trajectory = WorkEstimate.Operations(plan.Cell(plan.CellIndex(0, 1)));
        var ledger = new SweepLedger(plan);

        Lease first = ledger.TryLease(TimeSpan.Zero, work: 1.5 * trajectory)!;

        Assert.Equal([(0L, 0), (0, 1), (1, 0), (1, 1)], first.Cells.Select(cell => plan.Locate(cell.Index)));
        Assert.Equal([true, false, true, false], first.Cells.Select(cell => cell.GoesOn));
        Assert.Equal(2 * trajectory, first.Cells.Sum(cell => cell.Work), 1.0);

        // Lost at the third cell, that one alone is a suspect, and the rest goes out as before.
        foreach (LeasedCell cell in first.Cells.Take(2))
        {
            ledger.ReportDone(cell.Index, cell.Key);
        }

        ledger.Lose(first.Id);
        Assert.Equal(first.Cells[2].Index, Assert.Single(ledger.TryLease(TimeSpan.Zero, work: 1e9)!.Cells).Index);
        Assert.Equal(7, ledger.TryLease(TimeSpan.Zero, work: 1e9)!.Cells.Length);
        Assert.Null(ledger.TryLease(TimeSpan.Zero, work: 1e9));
    }

    [Fact]
    public void What_dies_of_a_bad_cell_on_the_same_holder_is_not_given_up_for_it()
    {
        // Two threads on each of two holders: any holder of the deadly cell dies with all that it has.
        SweepPlan plan = Plan(6, [10], lengthsFirst: true);
        const long deadly = 3;
        var ledger = new SweepLedger(plan);
        while (!ledger.Counts.IsFinished)
        {
            foreach (string holder in new[] { "a", "b" })
            {
                Lease[] held = [.. new[] { ledger.TryLease(TimeSpan.Zero, holder), ledger.TryLease(TimeSpan.Zero, holder) }.OfType<Lease>()];
                if (held.Any(lease => lease.Cells[0].Index == deadly))
                {
                    ledger.LoseAll(holder);
                    continue;
                }

                foreach (LeasedCell cell in held.SelectMany(lease => lease.Cells))
                {
                    ledger.ReportDone(cell.Index, cell.Key);
                }
            }
        }

        Assert.Equal(deadly, Assert.Single(ledger.Failures).Key);
    }

    [Fact]
    public void A_suspect_given_back_is_still_tried_alone()
    {
        var ledger = new SweepLedger(Plan(1, [10, 20], lengthsFirst: false));
        ledger.Lose(ledger.TryLease(TimeSpan.Zero)!.Id);
        Lease alone = ledger.TryLease(TimeSpan.Zero)!;
        Assert.Single(alone.Cells);
        ledger.GiveBack(alone.Id);
        Lease[] rest = [ledger.TryLease(TimeSpan.Zero)!, ledger.TryLease(TimeSpan.Zero)!];
        Assert.Equal([alone.Cells[0].Index, 1 - alone.Cells[0].Index], rest.Select(lease => Assert.Single(lease.Cells).Index));
    }

    [Fact]
    public void A_key_that_is_not_the_cells_is_refused_and_changes_nothing()
    {
        SweepPlan plan = Plan(2, [10, 20], lengthsFirst: false);
        var ledger = new SweepLedger(plan);
        CellKey other = CellKey.Of(plan.Cell(1));
        foreach (long cell in new long[] { 0, -1, 4, long.MaxValue })
        {
            Assert.Throws<ArgumentException>(() => ledger.ReportDone(cell, other));
            Assert.Throws<ArgumentException>(() => ledger.ReportFailed(cell, other, "no reason"));
        }

        Assert.Equal(new LedgerCounts(0, 0, 0, 4), ledger.Counts);
    }

    [Fact]
    public void A_lease_without_a_time_never_runs_out()
    {
        var ledger = new SweepLedger(Plan(1, [10], lengthsFirst: false));
        Lease lease = ledger.TryLease(TimeSpan.Zero)!;
        Assert.Empty(ledger.Expire(TimeSpan.FromDays(10_000)));
        Assert.True(ledger.Renew(lease.Id, TimeSpan.FromDays(10_000)));
    }

    private static SweepPlan Plan(int radii, int[] lengths, bool lengthsFirst)
    {
        FieldSetting radius = Axis("spectral_radius", [.. Enumerable.Range(1, radii).Select(i => $"{i}")]);
        FieldSetting length = Axis("sequence_length", [.. lengths.Select(i => $"{i}")]);
        return SweepPlan.Of("ledger", lengthsFirst ? [length, radius] : [radius, length]);
    }

    private static FieldSetting Axis(string name, params string[] texts)
    {
        SweepField field = SweepFields.Find(name)!;
        ImmutableArray<FieldValue> values = [.. texts.Select(text =>
            field.TryRead(text, out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem))];
        return new FieldSetting(new ListAxis(field, values), IsAxis: true);
    }

    /// <summary>What a ledger has told of itself.</summary>
    private sealed class Journal
    {
        private readonly Dictionary<long, (long Id, string Holder, ImmutableArray<long> Cells)> _leases = [];
        private readonly Dictionary<long, int> _losses = [];
        private readonly Dictionary<long, string> _failures = [];
        private long _lastLease;

        public Journal(SweepLedger ledger) => ledger.Changed += change =>
        {
            switch (change)
            {
                case LedgerChange.Granted granted:
                    _leases.Add(granted.Lease, (granted.Lease, granted.Holder, granted.Cells));
                    _lastLease = granted.Lease;
                    break;
                case LedgerChange.Ended ended:
                    Assert.True(_leases.Remove(ended.Lease), "a lease ends once");
                    break;
                case LedgerChange.Lost lost:
                    _losses[lost.Cell] = lost.Losses;
                    break;
                case LedgerChange.Failed failed:
                    _failures.Add(failed.Cell, failed.Reason);
                    break;
                case LedgerChange.Done done:
                    _failures.Remove(done.Cell);
                    break;
            }
        };

        public void Restore(SweepLedger ledger, TimeSpan now) => ledger.Restore(_leases.Values, _losses, _failures, _lastLease, now);
    }

    /// <summary>
    /// The rules once more, as sets that are searched: who holds what, what is known of each cell. After every step it is compared with the
    /// ledger.
    /// </summary>
    private sealed class Model
    {
        private readonly SweepPlan _plan;
        private readonly SweepLedger _ledger;
        private readonly HashSet<long> _done;
        private readonly HashSet<long> _failed = [];
        private readonly Dictionary<long, int> _losses = [];
        private readonly Dictionary<long, (List<long> Open, TimeSpan Expires, string Holder)> _leases = [];
        private readonly Journal _journal;
        private readonly HashSet<long> _ids = [];

        // The work of a trajectory when it began to wait: a late result may make it less, which is no reason to look through the queue.
        private readonly Dictionary<long, double> _queued = [];
        private TimeSpan _now;

        public Model(SweepPlan plan, HashSet<long> stored)
        {
            (_plan, _done) = (plan, stored);
            HashSet<CellKey> keys = [.. stored.Select(Key)];
            _ledger = new SweepLedger(plan, keys.Contains, s_leaseTime);
            _journal = new Journal(_ledger);
            Queue(Open());
            Assert.Equal(_queued.Values.Sum(), _ledger.OpenWork, _ledger.OpenWork * 1e-12);
            Compare();
        }

        public void Take(Step step)
        {
            switch (step.What)
            {
                case What.Lease:
                    Lease($"holder {step.Which % 3}");
                    break;
                case What.Done when Held(step) is { } cell:
                    Assert.True(_ledger.ReportDone(cell, Key(cell)));
                    Leave(cell);
                    _done.Add(cell);
                    break;
                case What.Failed when Held(step) is { } cell:
                    Assert.True(_ledger.ReportFailed(cell, Key(cell), "a reason"));
                    Leave(cell);
                    _failed.Add(cell);
                    break;
                case What.LateDone:
                    // From a holder that was given up, or a second time.
                    long late = step.Cell % _plan.CellCount;
                    Assert.Equal(!_done.Contains(late), _ledger.ReportDone(late, Key(late)));
                    Leave(late);
                    _failed.Remove(late);
                    _done.Add(late);
                    Assert.False(_ledger.ReportDone(late, Key(late)));
                    Assert.False(_ledger.ReportFailed(late, Key(late), "too late"));
                    break;
                case What.Renew:
                    long id = (step.Which % (_ids.Count + 1)) + 1;
                    Assert.Equal(_leases.ContainsKey(id), _ledger.Renew(id, _now));
                    if (_leases.TryGetValue(id, out var renewed))
                    {
                        _leases[id] = renewed with { Expires = _now + s_leaseTime };
                    }

                    break;
                case What.GiveBack when Any(step) is { } lease:
                    _ledger.GiveBack(lease);
                    GiveBack(lease);
                    break;
                case What.Lose when Any(step) is { } lease:
                    _ledger.Lose(lease);
                    Lose(lease);
                    break;
                case What.Wait:
                    _now += TimeSpan.FromSeconds(step.Cell % 8);
                    long[] expired = [.. _leases.Where(lease => lease.Value.Expires <= _now).Select(lease => lease.Key).Order()];
                    Assert.Equal(expired, _ledger.Expire(_now));
                    Array.ForEach(expired, GiveBack);
                    break;
            }

            Compare();
        }

        /// <summary>With holders that do their work from now on, every cell is soon done or failed.</summary>
        public void Finish()
        {
            foreach (long lease in _leases.Keys.ToArray())
            {
                Take(new Step(What.GiveBack, 0, 0));
            }

            for (long i = 0; Lease("the last"); i++)
            {
                Assert.True(i <= _plan.CellCount, "the leases do not end");
                while (_leases.Count > 0)
                {
                    Take(new Step(What.Done, 0, 0));
                }
            }

            Assert.True(_ledger.Counts.IsFinished);
            Assert.Equal(_plan.CellCount, _done.Count + _failed.Count);
            Assert.Null(_ledger.TryLease(_now));
        }

        private bool Lease(string holder)
        {
            HashSet<long> waiting = Open();
            int[] held = [.. _leases.Values.Where(lease => lease.Holder == holder).Select(lease => _losses.GetValueOrDefault(lease.Open[0]))];
            bool isIsolated = held.Contains(2), mustDrain = held.Length > 0 && waiting.Any(cell => Losses(cell) == 2);
            if (_ledger.TryLease(_now, holder) is not { } lease)
            {
                Assert.True(isIsolated || mustDrain || waiting.All(cell => Losses(cell) == 1 && held.Contains(1)), "a holder goes without");
                return false;
            }

            Assert.False(isIsolated || mustDrain);

            Assert.True(_ids.Add(lease.Id), "a lease's name is used twice");
            long[] cells = [.. lease.Cells.Select(cell => cell.Index)];
            HashSet<long> open = Open();
            Assert.All(cells, cell => Assert.Contains(cell, open)); // nobody else has it, nobody has finished it

            if (open.Any(cell => Losses(cell) == 2))
            {
                // Whoever has lost two holders goes first, to a holder that has nothing else.
                Assert.Empty(held);
                Assert.Equal(2, Losses(Assert.Single(cells)));
            }
            else if (!held.Contains(1) && open.Any(cell => Losses(cell) == 1))
            {
                // Then whoever has lost one, in a lease of its own.
                Assert.Equal(1, Losses(Assert.Single(cells)));
            }
            else
            {
                // All open cells of the trajectory with the most work, shortest first.
                long trajectory = _plan.Locate(cells[0]).Trajectory;
                HashSet<long> fresh = [.. open.Where(cell => Losses(cell) == 0)];
                Assert.Equal(fresh.Where(cell => _plan.Locate(cell).Trajectory == trajectory)
                    .OrderBy(cell => _plan.Cell(cell).SequenceLength), cells);
                Assert.Equal(fresh.Max(cell => _queued[_plan.Locate(cell).Trajectory]), _queued[trajectory]);
            }

            Assert.All(lease.Cells, cell => Assert.Equal((Key(cell.Index), _plan.Cell(cell.Index)), (cell.Key, cell.Spec)));
            Assert.Equal(cells.Select((_, i) => i < cells.Length - 1), lease.Cells.Select(cell => cell.GoesOn));
            Assert.Equal(Work(cells[^1]), lease.Cells.Sum(cell => cell.Work), Work(cells[^1]) * 1e-12);
            _leases[lease.Id] = ([.. cells], _now + s_leaseTime, holder);
            return true;
        }

        private void GiveBack(long lease)
        {
            Queue(_leases[lease].Open);
            _leases.Remove(lease);
        }

        private void Lose(long lease)
        {
            long suspect = _leases[lease].Open[0];
            _losses[suspect] = _losses.GetValueOrDefault(suspect) + 1;
            Queue(_leases[lease].Open);
            _leases.Remove(lease);
            if (_losses[suspect] == SweepLedger.MaximumLosses)
            {
                _failed.Add(suspect);
            }
        }

        private void Queue(IEnumerable<long> cells)
        {
            foreach (var trajectory in cells.Where(cell => !_losses.ContainsKey(cell)).GroupBy(cell => _plan.Locate(cell).Trajectory))
            {
                _queued[trajectory.Key] = trajectory.Max(Work);
            }
        }

        private void Leave(long cell)
        {
            foreach ((long id, (List<long> open, _, _)) in _leases.ToArray())
            {
                if (open.Remove(cell) && open.Count == 0)
                {
                    _leases.Remove(id);
                }
            }
        }

        private void Compare()
        {
            long leased = _leases.Values.Sum(lease => lease.Open.Count);
            Assert.Equal(new LedgerCounts(_done.Count, _failed.Count, leased, Open().Count), _ledger.Counts);
            Assert.Equal(_plan.CellCount, _ledger.Counts.Cells);
            Assert.Equal(_failed.Order(), _ledger.Failures.Keys.Order());

            // Another ledger, from what this one has told and what is stored, is like it.
            HashSet<CellKey> keys = [.. _done.Select(Key)];
            var again = new SweepLedger(_plan, keys.Contains, s_leaseTime);
            _journal.Restore(again, _now);
            Assert.Equal(_ledger.Counts, again.Counts);
            Assert.Equal(_ledger.Failures.OrderBy(failure => failure.Key), again.Failures.OrderBy(failure => failure.Key));
            Assert.Equal(_ledger.Holders.Order(), again.Holders.Order());
            Assert.All(_ids, id => Assert.Equal(_leases.ContainsKey(id), again.Renew(id, _now)));
            if (again.TryLease(_now, "a new one") is { } lease)
            {
                Assert.DoesNotContain(lease.Id, _ids);
                Assert.Superset(lease.Cells.Select(cell => cell.Index).ToHashSet(), Open());
                Assert.True(lease.Cells.All(cell => Losses(cell.Index) == 0) || lease.Cells.Length == 1);
            }

            // It takes back what it never gave out itself, and a trajectory that so waits twice still goes out once.
            foreach (long id in _leases.Keys)
            {
                again.GiveBack(id);
            }

            if (again.TryLease(_now, "another one", work: double.MaxValue) is { } whole)
            {
                Assert.Distinct(whole.Cells.Select(cell => cell.Index));
                Assert.All(whole.Cells.Zip(whole.Cells.Skip(1)).Where(pair => pair.First.GoesOn), pair => Assert.True(pair.First.Spec.SequenceLength < pair.Second.Spec.SequenceLength));
            }
        }

        private int Losses(long cell) => _losses.GetValueOrDefault(cell);

        private HashSet<long> Open()
        {
            HashSet<long> taken = [.. _done, .. _failed, .. _leases.Values.SelectMany(lease => lease.Open)];
            return [.. Enumerable.Range(0, (int)_plan.CellCount).Select(cell => (long)cell).Where(cell => !taken.Contains(cell))];
        }

        private long? Any(Step step) => _leases.Count == 0 ? null : _leases.Keys.Order().ElementAt(step.Which % _leases.Count);

        private long? Held(Step step) => Any(step) is { } lease ? _leases[lease].Open[step.Cell % _leases[lease].Open.Count] : null;

        private double Work(long cell) => WorkEstimate.Operations(_plan.Cell(cell));

        private CellKey Key(long cell) => CellKey.Of(_plan.Cell(cell));
    }
}
