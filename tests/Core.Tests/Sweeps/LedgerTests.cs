using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class LedgerTests
{
    [Fact]
    public void The_largest_experiments_are_leased_first_and_the_work_adds_up()
    {
        SweepPlan plan = SweepPlan.Of("sizes", [Varied(List("hidden_size", "8", "64", "16")), Varied(List("sequence_length", "100", "10", "400")), Fixed("replicates", "40")]);
        double all = Enumerable.Range(0, 3).Sum(trajectory => WorkEstimate.Operations(plan.Cell(plan.CellIndex(trajectory, 2))));
        foreach (int stored in new[] { -1, 0, 2, 5 })
        {
            Experiment? known = stored < 0 ? null : plan.Experiments[stored];
            var ledger = new SweepLedger(plan, key => known is not null && known.Readings.Any(reading => reading.Key == key)
                ? ReplicateSet.Of([.. Enumerable.Range(known.FirstReplicate, known.ReplicateCount)])
                : default);
            long[] leased = [.. Leases(ledger).SelectMany(lease => lease.Experiments)];
            double[] works = [.. leased.Select(plan.Experiments.Work)];
            Assert.Equal(works.OrderDescending(), works);
            Assert.Equal(ledger.OpenWork, works.Sum(), ledger.OpenWork * 1e-9);
            Assert.Equal(all - (known?.Work ?? 0), ledger.OpenWork, all * 1e-9);
            Assert.Equal(plan.Experiments.Count - (stored < 0 ? 0 : 1), leased.Distinct().Count());
        }
    }

    [Fact]
    public void An_experiment_that_kills_its_holder_is_retried_alone_and_fails_after_three_times()
    {
        // One trajectory has several experiments, and every holder of the second one dies.
        SweepPlan plan = RunPlans.Cut();
        const long Deadly = 1;
        var ledger = new SweepLedger(plan);
        int deaths = 0;
        while (ledger.TryLease(TimeSpan.Zero, work: double.MaxValue) is { } lease)
        {
            foreach (long experiment in lease.Experiments)
            {
                if (experiment == Deadly)
                {
                    Assert.True(deaths == 0 ? lease.Experiments.Length > 2 : lease.Experiments.Length == 1, "a suspect is retried alone");
                    deaths++;
                    ledger.Lose(lease.Id);
                    Assert.False(ledger.Renew(lease.Id, "", [], TimeSpan.Zero));
                    break;
                }

                Assert.True(ledger.ReportDone(experiment));
            }
        }

        Assert.Equal(SweepLedger.MaximumLosses, deaths);
        Assert.Equal(new LedgerCounts(0, 2, 0, 0), ledger.Counts); // both lengths lack its replicates
        Assert.All(ledger.Failures.Values, reason => Assert.Contains("3 times", reason, StringComparison.Ordinal));

        // The machine may have caused the deaths, so a later result replaces the failure.
        Assert.True(ledger.ReportDone(Deadly));
        Assert.Equal(new LedgerCounts(2, 0, 0, 0), ledger.Counts);
        Assert.Empty(ledger.Failures);
    }

    [Fact]
    public void Small_experiments_share_a_lease_until_it_has_enough_work()
    {
        SweepPlan plan = Plan(Steps("spectral_radius", "1", "5", "1"), List("sequence_length", "10", "20"));
        Assert.Equal(5, plan.Experiments.Count);
        var ledger = new SweepLedger(plan);

        Lease first = ledger.TryLease(TimeSpan.Zero, work: 2.5 * plan.Experiments.Work(0))!;
        Assert.Equal<long>([0, 1, 2], first.Experiments);

        // After a loss at the second experiment only that one is a suspect, and the others are leased as before.
        ledger.ReportDone(0);
        ledger.Lose(first.Id);
        Assert.Equal<long>([1], ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!.Experiments);
        Assert.Equal<long>([2, 3, 4], ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!.Experiments);
        Assert.Null(ledger.TryLease(TimeSpan.Zero, work: double.MaxValue));
    }

    [Fact]
    public void A_lease_of_tiny_experiments_is_limited_in_their_number()
    {
        SweepPlan plan = SweepPlan.Of("tiny", [Varied(Steps("seed", "1", "1000", "1")), Fixed("hidden_size", "1"), Fixed("replicates", "1"), Fixed("sequence_length", "1")]);
        var ledger = new SweepLedger(plan);
        int[] sizes = [.. Leases(ledger, double.MaxValue).Select(lease => lease.Experiments.Length)];
        Assert.Equal(1000, sizes.Sum());
        Assert.InRange(sizes.Max(), 100, 256);
    }

    [Fact]
    public void Experiments_lost_together_with_a_deadly_one_do_not_fail()
    {
        // Two holders with two threads each: any holder of the deadly experiment dies with all its leases.
        SweepPlan plan = Plan(Steps("spectral_radius", "1", "6", "1"), List("sequence_length", "10"));
        const long Deadly = 3;
        var ledger = new SweepLedger(plan);
        while (!ledger.Counts.IsFinished)
        {
            foreach (string holder in new[] { "a", "b" })
            {
                Lease[] held = [.. new[] { ledger.TryLease(TimeSpan.Zero, holder), ledger.TryLease(TimeSpan.Zero, holder) }.OfType<Lease>()];
                if (held.Any(lease => lease.Experiments[0] == Deadly))
                {
                    ledger.LoseAll(holder);
                    continue;
                }

                foreach (long experiment in held.SelectMany(lease => lease.Experiments))
                {
                    ledger.ReportDone(experiment);
                }
            }
        }

        Assert.Equal(Deadly, Assert.Single(ledger.Failures).Key);
    }

    [Fact]
    public void A_suspect_given_back_is_still_retried_alone()
    {
        var ledger = new SweepLedger(RunPlans.Cut());
        ledger.Lose(ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!.Id);
        Lease alone = ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!;
        Assert.Equal<long>([0], alone.Experiments);
        ledger.GiveBack(alone.Id);
        Lease[] rest = [.. Leases(ledger, double.MaxValue)];
        Assert.Equal<long>([0], rest[0].Experiments);
        Assert.Equal<long>([.. Enumerable.Range(1, (int)ledger.Plan.Experiments.Count - 1)], Assert.Single(rest[1..]).Experiments);
    }

    [Fact]
    public void The_experiments_of_a_restored_lease_that_is_given_back_are_leased_once()
    {
        var ledger = new SweepLedger(RunPlans.Cut());
        ledger.Restore(new Dictionary<long, int>(), [(7, "a holder", [1, 2])], TimeSpan.Zero);
        Assert.Equal(["a holder"], ledger.Holders);
        ledger.GiveBack(7);
        Lease all = ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!;
        Assert.Equal(8, all.Id);
        Assert.Equal(Enumerable.Range(0, (int)ledger.Plan.Experiments.Count).Select(index => (long)index), all.Experiments.Order());
    }

    [Fact]
    public void The_experiments_of_a_restored_lease_that_is_given_back_wait_for_larger_ones()
    {
        var ledger = new SweepLedger(SweepPlan.Of("sizes", [Varied(List("hidden_size", "8", "64", "16")), Fixed("replicates", "1")]));
        ledger.Restore(new Dictionary<long, int>(), [(7, "a holder", [0])], TimeSpan.Zero);
        ledger.GiveBack(7);
        Assert.Equal<long>([1, 2, 0], Leases(ledger).SelectMany(lease => lease.Experiments));
    }

    [Fact]
    public void A_lease_of_an_earlier_ledger_continues_when_its_holder_renews_it()
    {
        var ledger = new SweepLedger(RunPlans.Cut(), leaseTime: TimeSpan.FromSeconds(10), lastLease: 100);
        Lease own = ledger.TryLease(TimeSpan.Zero, "a")!;
        Assert.Equal<long>([0], own.Experiments);

        // Experiment 0 has been leased again meanwhile, and stays with its new holder.
        Assert.True(ledger.Renew(7, "b", [0, 1, 1, 2], TimeSpan.Zero));
        Assert.Equal(["a", "b"], ledger.Holders.Order());
        Assert.Equal<long>([3], ledger.TryLease(TimeSpan.Zero, "c")!.Experiments);
        Assert.False(ledger.Renew(8, "c", [1, 2], TimeSpan.Zero)); // holder b has both experiments
        Assert.False(ledger.Renew(7, "c", [1, 2], TimeSpan.Zero)); // the lease is b's
        Assert.Throws<ArgumentException>(() => ledger.Renew(9, "c", [-1], TimeSpan.Zero));

        Assert.True(ledger.ReportDone(1));
        Assert.Equal((2, 1), ledger.LoseAll("b").Select(loss => (loss.Experiment, loss.Count)).Single());
        Assert.False(ledger.Renew(7, "b", [1], TimeSpan.Zero));
    }

    [Fact]
    public void In_a_new_ledger_an_experiment_fails_if_all_its_missing_readings_have_failed()
    {
        SweepPlan plan = RunPlans.Cut();
        Experiment first = plan.Experiments[0], second = plan.Experiments[1];
        CellKey stored = first.Readings[0].Key;
        ILookup<CellKey, ReadingFailure> failures = first.Failures("a reason").Where(failure => failure.Key != stored)
            .Concat(second.Failures("another").SkipLast(1)).ToLookup(failure => failure.Key);

        var ledger = new SweepLedger(plan, key => key == stored ? ReplicateSet.First(first.EndReplicate + 1) : default, failures: key => failures[key]);

        // The second one lacks a reading that has not failed, so it is run again; another one of its readings was stored after it had failed.
        Assert.Equal(plan.Experiments.Count - 1, Leases(ledger, double.MaxValue).Sum(lease => lease.Experiments.Length));
        Assert.Equal(first.Work, ledger.WorkDone);
        Assert.False(ledger.ReportFailed(0, first.Failures("too late")));
        Assert.True(ledger.ReportDone(0));
    }

    [Fact]
    public void In_a_restored_ledger_an_experiment_with_three_losses_fails()
    {
        var ledger = new SweepLedger(RunPlans.Cut());
        LostExperiment loss = Assert.Single(ledger.Restore(new Dictionary<long, int> { [1] = SweepLedger.MaximumLosses, [2] = 1 }, [], TimeSpan.Zero));
        Assert.Equal(1, loss.Experiment);
        Assert.Contains("3 times", loss.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Equal<long>([2], ledger.TryLease(TimeSpan.Zero, work: double.MaxValue)!.Experiments); // a suspect is leased first, alone
    }

    [Fact]
    public void Readings_may_be_stored_of_trajectories_that_are_not_compared_and_of_experiments_that_came_back()
    {
        SweepPlan plan = RunPlans.Cut(List("bias", "0", "1", "2"));
        int each = plan.Experiments.CountOf(0);
        var ledger = new SweepLedger(plan, done: [new DonePart(0, [0b010])]);
        Assert.Equal<long>([0], ledger.Uncompared(1));
        Assert.Equal<long>([0, 2], ledger.Uncompared(9));
        Assert.Equal(2, ledger.Counts.Done); // a cell of each length
        Assert.True(ledger.MayBeStored(0));

        ledger.Compared = 1;
        Assert.False(ledger.MayBeStored(0));
        Assert.True(ledger.MayBeStored(2 * each));
        Assert.Equal<long>([2], ledger.Uncompared(9));

        ledger.GiveBack(ledger.TryLease(TimeSpan.Zero)!.Id);
        Assert.True(ledger.MayBeStored(0)); // its holder may have stored readings and not reported them
        Assert.False(ledger.MayBeStored(1));
        ledger.ReportDone(0);
        Assert.False(ledger.MayBeStored(0));
    }

    [Fact]
    public void A_cell_is_done_if_all_its_experiments_are_and_leased_if_one_is_leased()
    {
        SweepPlan plan = RunPlans.Cut(List("bias", "0", "1"));
        int each = plan.Experiments.CountOf(0);
        Assert.InRange(each, 2, 40);
        var ledger = new SweepLedger(plan);
        for (int done = 0; done < each; done++)
        {
            Assert.Equal(new LedgerCounts(0, 0, 0, 4), ledger.Counts);
            Assert.Equal<long>([done], ledger.TryLease(TimeSpan.Zero)!.Experiments);
            Assert.Equal(new LedgerCounts(0, 0, 2, 2), ledger.Counts);
            ledger.ReportDone(done);
        }

        Assert.Equal(new LedgerCounts(2, 0, 0, 2), ledger.Counts);
    }

    [Fact]
    public void A_failure_counts_for_the_cells_of_its_reading_and_the_first_replicate_gives_the_reason()
    {
        SweepPlan plan = SweepPlan.Of("shared", [Varied(List("replicates", "3", "8")), Varied(List("sequence_length", "10", "20"))]);
        Experiment experiment = plan.Experiments[0];
        Assert.Equal((1, 8), (plan.Experiments.Count, experiment.ReplicateCount));
        var ledger = new SweepLedger(plan);
        Assert.True(ledger.ReportFailed(0,
            [new(experiment.Readings[0].Key, 7, "last"), new(experiment.Readings[0].Key, 4, "first"), new(experiment.Readings[1].Key, 1, "other length")]));

        // In plan order: three replicates at both lengths, then eight.
        Assert.Equal([(1, "other length"), (2, "first"), (3, "other length")], ledger.Failures.OrderBy(failure => failure.Key).Select(failure => (failure.Key, failure.Value)));
        Assert.Equal(new LedgerCounts(1, 3, 0, 0), ledger.Counts);
    }

    [Fact]
    public void A_sweep_is_not_finished_while_experiments_of_a_cell_with_failures_wait()
    {
        SweepPlan plan = RunPlans.Cut();
        var ledger = new SweepLedger(plan);
        ledger.ReportFailed(0, plan.Experiments[0].Failures("a reason"));
        Assert.Equal(2, ledger.Failures.Count);
        foreach (long experiment in Leases(ledger).SelectMany(lease => lease.Experiments))
        {
            Assert.False(ledger.Counts.IsFinished);
            ledger.ReportDone(experiment);
        }

        Assert.Equal(new LedgerCounts(0, 2, 0, 0), ledger.Counts);
    }

    [Fact]
    public void Replacing_failures_of_one_experiment_keeps_those_of_another()
    {
        SweepPlan plan = RunPlans.Cut();
        Experiment one = plan.Experiments[0], other = plan.Experiments[1];
        var ledger = new SweepLedger(plan);
        ledger.ReportFailed(1, [new(other.Readings[1].Key, other.FirstReplicate, "other")]);
        ledger.ReportFailed(0, [new(one.Readings[1].Key, one.FirstReplicate, "one")]);
        Assert.Equal("one", Assert.Single(ledger.Failures).Value);
        Assert.True(ledger.ReportDone(0));
        Assert.Equal("other", Assert.Single(ledger.Failures).Value);
        Assert.True(ledger.ReportDone(1));
        Assert.Empty(ledger.Failures);
    }

    [Theory]
    [InlineData("threshold", "1,2")]
    [InlineData("replicates", "3,8,5")]
    public void Cells_that_share_stored_runs_are_done_once_each(string field, string values)
    {
        SweepPlan plan = SweepPlan.Of("shared", [Varied(List(field, values.Split(','))), Varied(List("sequence_length", "10", "20"))]);
        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), new SweepLedger(plan, _ => ReplicateSet.First(16)).Counts);
        Assert.Equal(new LedgerCounts(0, 0, 0, plan.CellCount), new SweepLedger(plan, _ => default).Counts);
        CellKey first = plan.Experiments[0].Readings[0].Key;
        Assert.Equal(new LedgerCounts(plan.CellCount / 2, 0, 0, plan.CellCount / 2), new SweepLedger(plan, key => ReplicateSet.First(key == first ? 16 : 2)).Counts);
    }

    [Fact]
    public void Readings_that_are_stored_are_not_computed_again_and_do_not_fail_with_their_experiment()
    {
        // Every reading of the shorter length is stored; the experiment that reads the longer one kills its holders.
        SweepPlan plan = RunPlans.Cut();
        CellKey shorter = plan.Experiments[0].Readings[0].Key;
        var ledger = new SweepLedger(plan, key => key == shorter ? ReplicateSet.First(40) : default);
        Assert.True(ledger.IsPartlyStored(0));
        Assert.Equal(new LedgerCounts(1, 0, 0, 1), ledger.Counts);
        for (int deaths = 0; deaths < SweepLedger.MaximumLosses; deaths++)
        {
            ledger.Lose(ledger.TryLease(TimeSpan.Zero)!.Id);
        }

        Assert.Equal(new LedgerCounts(1, 0, 0, 1), ledger.Counts);
        Assert.Equal(plan.CellIndex(0, 1), Assert.Single(ledger.Failures).Key);

        Assert.True(ledger.ReportFailed(1, [new(plan.Experiments[1].Readings[1].Key, plan.Experiments[1].FirstReplicate, "a reason")]));
        foreach (long experiment in Leases(ledger).SelectMany(lease => lease.Experiments))
        {
            ledger.ReportDone(experiment);
        }

        Assert.Equal(new LedgerCounts(1, 1, 0, 0), ledger.Counts);

        var whole = new SweepLedger(plan, _ => default);
        Assert.False(whole.IsPartlyStored(0));
    }

    [Fact]
    public void A_report_of_an_unknown_experiment_is_refused_and_changes_nothing()
    {
        SweepPlan plan = RunPlans.Cut();
        Experiment first = plan.Experiments[0];
        var ledger = new SweepLedger(plan);
        foreach (long experiment in new[] { -1, plan.Experiments.Count, long.MaxValue })
        {
            Assert.Throws<ArgumentException>(() => ledger.ReportDone(experiment));
            Assert.Throws<ArgumentException>(() => ledger.ReportFailed(experiment, first.Failures("a reason")));
        }

        var otherKey = new ReadingFailure(CellKey.Of(new CellSpec { Seed = 99 }), first.FirstReplicate, "a reason");
        var otherReplicate = new ReadingFailure(first.Readings[0].Key, first.EndReplicate, "a reason");
        foreach (ReadingFailure[] failures in new ReadingFailure[][] { [otherKey], [.. first.Failures("a reason"), otherKey], [otherReplicate], [] })
        {
            Assert.Throws<ArgumentException>(() => ledger.ReportFailed(0, failures));
        }

        Assert.Equal(new LedgerCounts(0, 0, 0, 2), ledger.Counts);
        Assert.True(ledger.ReportDone(0));
    }

    [Fact]
    public void A_lease_without_a_time_never_expires()
    {
        var ledger = new SweepLedger(Plan());
        Lease lease = ledger.TryLease(TimeSpan.Zero)!;
        Assert.Empty(ledger.Expire(TimeSpan.FromDays(10_000)));
        Assert.True(ledger.Renew(lease.Id, "", [], TimeSpan.FromDays(10_000)));
    }

    private static IEnumerable<Lease> Leases(SweepLedger ledger, double work = 0)
    {
        while (ledger.TryLease(TimeSpan.Zero, work: work) is { } lease)
        {
            yield return lease;
        }
    }
}
