using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>
/// A naive implementation of the ledger's rules with sets: which readings are stored or have failed, and who holds which experiment. After every step it
/// is compared with the ledger, and with a new ledger that is made from the stored readings, the losses and the holders' leases.
/// </summary>
internal sealed class LedgerModel
{
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(10);

    private readonly SweepPlan _plan;
    private readonly LedgerCells _cells;
    private readonly Experiment[] _experiments;
    private readonly SweepLedger _ledger;
    private readonly HashSet<long> _done, _doneBefore, _failed = [], _completeBefore;
    private readonly Dictionary<long, int> _losses = [];
    private readonly Dictionary<long, (List<long> Open, TimeSpan Expires, string Holder)> _leases = [];
    private readonly HashSet<long> _ids = [];
    private readonly Dictionary<int, DonePart> _record = [];
    private TimeSpan _now;

    public LedgerModel(SweepPlan plan, StoredRange[] stored)
    {
        (_plan, _cells) = (plan, new LedgerCells(plan));
        _experiments = [.. Enumerable.Range(0, (int)plan.Experiments.Count).Select(index => plan.Experiments[index])];
        foreach (StoredRange range in stored)
        {
            _cells.Store(range);
        }

        _done = Stored();
        (_doneBefore, _completeBefore) = ([.. _done], _cells.Complete());
        _ledger = new SweepLedger(plan, stored.Length == 0 ? null : _cells.StoredOf, s_leaseTime);
        AssertClose(Work(Open()), _ledger.OpenWork);
        Compare();
    }

    public void Take(LedgerStep step)
    {
        switch (step.What)
        {
            case What.Lease:
                Lease($"holder {step.Which % 3}", step.Experiment % 5 * 3e8);
                break;
            case What.Done when Held(step) is { } experiment:
                Assert.True(_ledger.ReportDone(experiment));
                Finish(experiment, []);
                break;
            case What.Failed when Held(step) is { } experiment:
                Fail(experiment, step.Which);
                break;
            case What.LateDone:
                // From a holder that was declared dead, or for the second time.
                long late = step.Experiment % _experiments.Length;
                Assert.Equal(!_done.Contains(late), _ledger.ReportDone(late));
                Finish(late, []);
                Assert.False(_ledger.ReportDone(late));
                Assert.False(_ledger.ReportFailed(late, _experiments[late].Failures("too late")));
                break;
            case What.LateFailed:
                long lost = step.Experiment % _experiments.Length;
                if (_done.Contains(lost) || _failed.Contains(lost))
                {
                    Assert.False(_ledger.ReportFailed(lost, _experiments[lost].Failures("too late")));
                }
                else
                {
                    Fail(lost, step.Which);
                }

                break;
            case What.Renew:
                long id = (step.Which % (_ids.Count + 1)) + 1;
                Assert.Equal(_leases.ContainsKey(id), _ledger.Renew(id, _leases.TryGetValue(id, out var held) ? held.Holder : "nobody", [], _now));
                if (_leases.TryGetValue(id, out var renewed))
                {
                    _leases[id] = renewed with { Expires = _now + s_leaseTime };
                }

                break;
            case What.GiveBack when Any(step) is { } lease:
                _ledger.GiveBack(lease);
                _leases.Remove(lease);
                break;
            case What.Lose when Any(step) is { } lease:
                Lose(lease);
                break;
            case What.Wait:
                _now += TimeSpan.FromSeconds(step.Experiment % 8);
                long[] expired = [.. _leases.Where(lease => lease.Value.Expires <= _now).Select(lease => lease.Key).Order()];
                Assert.Equal(expired.Select(lease => (lease, _leases[lease].Holder)), _ledger.Expire(_now));
                Array.ForEach(expired, lease => _leases.Remove(lease));
                break;
        }

        Compare();
    }

    /// <summary>Holders complete all their work from now on, so every experiment is soon done or failed.</summary>
    public void Finish()
    {
        while (_leases.Count > 0)
        {
            Take(new LedgerStep(What.GiveBack, 0, 0));
        }

        for (long i = 0; Lease("the last", 0); i++)
        {
            Assert.True(i <= _experiments.Length, "the leases do not end");
            Compare();
            while (_leases.Count > 0)
            {
                Take(new LedgerStep(What.Done, 0, 0));
            }
        }

        Assert.True(_ledger.Counts.IsFinished);
        Assert.Equal(_experiments.Length, _done.Count + _failed.Count);
        AssertClose(_ledger.OpenWork, _ledger.WorkDone);
    }

    private bool Lease(string holder, double work)
    {
        HashSet<long> open = Open();
        int[] held = [.. _leases.Values.Where(lease => lease.Holder == holder).Select(lease => Losses(lease.Open[0]))];
        bool isIsolated = held.Contains(2), mustDrain = held.Length > 0 && open.Any(experiment => Losses(experiment) == 2);
        if (_ledger.TryLease(_now, holder, work) is not { } lease)
        {
            Assert.True(isIsolated || mustDrain || open.All(experiment => Losses(experiment) == 1 && held.Contains(1)), "a holder goes without");
            return false;
        }

        Assert.False(isIsolated || mustDrain);
        Assert.True(_ids.Add(lease.Id), "a lease's name is used twice");
        Assert.Distinct(lease.Experiments);
        Assert.All(lease.Experiments, experiment => Assert.Contains(experiment, open)); // no other holder has it, and it is not settled
        if (open.Any(experiment => Losses(experiment) == 2))
        {
            // An experiment that has lost two holders is leased first, to a holder without other leases.
            Assert.Empty(held);
            Assert.Equal(2, Losses(Assert.Single(lease.Experiments)));
        }
        else if (!held.Contains(1) && open.Any(experiment => Losses(experiment) == 1))
        {
            // Next, an experiment that has lost one holder, in a separate lease.
            Assert.Equal(1, Losses(Assert.Single(lease.Experiments)));
        }
        else
        {
            AssertLargestFirst([.. lease.Experiments], open, work);
        }

        _leases[lease.Id] = ([.. lease.Experiments], _now + s_leaseTime, holder);
        return true;
    }

    // If all trajectories are alike, the smaller last experiment of each keeps its place among them.
    private void AssertLargestFirst(long[] leased, HashSet<long> open, double work)
    {
        List<long> waiting = [.. open.Where(experiment => Losses(experiment) == 0)];
        foreach (long experiment in leased)
        {
            Assert.True(experiment == leased[0] || work > 0, "a lease that has enough work gets more");
            bool isRest = _plan.Experiments.AreAlike && _experiments[experiment].EndReplicate == _experiments[experiment].Longest.Replicates;
            Assert.True(isRest || waiting.All(other => _experiments[other].Work <= _experiments[experiment].Work), "a larger experiment waits");
            Assert.DoesNotContain(waiting, other => other < experiment && _experiments[other].Work >= _experiments[experiment].Work);
            waiting.Remove(experiment);
            work -= _experiments[experiment].Work;
        }

        Assert.True(work <= 0 || waiting.Count == 0, "a lease gets less than it asks for");
    }

    private void Lose(long lease)
    {
        long suspect = _leases[lease].Open[0];
        _losses[suspect] = Losses(suspect) + 1;
        _leases.Remove(lease);
        LostExperiment loss = _ledger.Lose(lease)!;
        Assert.Equal((suspect, _losses[suspect]), (loss.Experiment, loss.Count));
        Assert.Equal(_losses[suspect] < SweepLedger.MaximumLosses, loss.Failures.IsEmpty);
        if (!loss.Failures.IsEmpty)
        {
            Assert.Contains("3 times", loss.Failures[0].Reason, StringComparison.Ordinal);
            _failed.Add(suspect);
            _cells.Fail([.. loss.Failures]);
        }
    }

    // Some of the readings that are not stored yet fail.
    private void Fail(long experiment, int which)
    {
        ReadingFailure[] missing = [.. _experiments[experiment].Failures("").Where(failure => !_cells.IsStored(failure.Key, failure.Replicate))];
        ReadingFailure[] some = [.. missing.Where((_, i) => i == which % missing.Length || (which + i) % 3 == 0).Select(failure => failure with { Reason = $"reason {failure.Replicate}" })];
        Assert.True(_ledger.ReportFailed(experiment, some));
        Assert.False(_ledger.ReportFailed(experiment, some));
        Finish(experiment, some);
    }

    private void Finish(long experiment, ReadingFailure[] failures)
    {
        _cells.Finish(_experiments[experiment], failures);
        _ = failures.Length == 0 ? _done.Add(experiment) | _failed.Remove(experiment) : _failed.Add(experiment);
        foreach ((long id, (List<long> open, _, _)) in _leases.ToArray())
        {
            if (open.Remove(experiment) && open.Count == 0)
            {
                _leases.Remove(id);
            }
        }
    }

    private void Compare()
    {
        AssertCounts(_ledger, _completeBefore);
        HashSet<long> settled = [.. _done, .. _failed];
        AssertClose(Work(settled.Except(_doneBefore)), _ledger.WorkDone);

        // A new ledger from the stored readings and the leases equals this one, except that it counts a cell as done when all its readings are stored.
        var again = new SweepLedger(_plan, _cells.StoredOf, s_leaseTime, FailuresOf, lastLease: _ids.Count);
        Assert.Empty(again.Restore(_losses, _leases.Select(lease => (lease.Key, lease.Value.Holder, (IReadOnlyList<long>)lease.Value.Open)), _now));
        AssertCounts(again, _cells.Complete());
        AssertCounts(FromRecord(leasesFirst: false), _cells.Complete());
        AssertCounts(FromRecord(leasesFirst: true), _cells.Complete());
        Assert.Equal(_ledger.Holders.Order(), again.Holders.Order());
        Assert.All(_ids, id => Assert.Equal(_leases.ContainsKey(id), again.Renew(id, _leases.TryGetValue(id, out var held) ? held.Holder : "nobody", [], _now)));
        if (again.TryLease(_now, "a new one") is { } lease)
        {
            Assert.DoesNotContain(lease.Id, _ids);
            Assert.Subset(Open(), lease.Experiments.ToHashSet());
            again.GiveBack(lease.Id);
        }

        // It accepts leases that it did not grant, and leases every experiment once, even one that was queued twice.
        foreach (long id in _leases.Keys)
        {
            again.GiveBack(id);
        }

        var handedOut = new HashSet<long>();
        while (again.TryLease(_now, "another one", work: double.MaxValue) is { } next)
        {
            Assert.True(next.Experiments.All(experiment => Losses(experiment) == 0) || next.Experiments.Length == 1);
            Assert.All(next.Experiments, experiment => Assert.True(handedOut.Add(experiment) && again.ReportDone(experiment)));
        }

        Assert.True(again.Counts.IsFinished);
        Assert.Equal(_experiments.Length, settled.Count + handedOut.Count);
        Assert.Empty(settled.Intersect(handedOut));
        AssertClose(again.OpenWork, again.WorkDone);
    }

    private void AssertCounts(SweepLedger ledger, HashSet<long> completeBefore)
    {
        HashSet<long> leased = [.. _leases.Values.SelectMany(lease => lease.Open)];
        Assert.Equal(_cells.Counts(completeBefore, [.. _done, .. _failed], leased), ledger.Counts);
        Assert.Equal(_plan.CellCount, ledger.Counts.Cells);
        Assert.Equal(_cells.Failures().OrderBy(failure => failure.Key), ledger.Failures.OrderBy(failure => failure.Key));
    }

    // A ledger that starts from the record of what is done, and is compared with the store before or after it has the leases. What is leased or was lost is
    // compared before.
    private SweepLedger FromRecord(bool leasesFirst)
    {
        foreach (DonePart part in _ledger.TakeChangedParts())
        {
            _record[part.Index] = part;
        }

        var ledger = new SweepLedger(_plan, leaseTime: s_leaseTime, lastLease: _ids.Count, done: _record.Values);
        if (leasesFirst)
        {
            Mark(_leases.Values.SelectMany(lease => lease.Open).Concat(_losses.Keys).Select(_plan.Experiments.TrajectoryOf).Distinct());
        }
        else
        {
            Mark(ledger.Uncompared(int.MaxValue));
        }

        Assert.Empty(ledger.Restore(_losses, _leases.Select(lease => (lease.Key, lease.Value.Holder, (IReadOnlyList<long>)lease.Value.Open)), _now));
        Mark(ledger.Uncompared(int.MaxValue));
        AssertClose(Work(_experiments.Select(experiment => experiment.Index).Except(_done)), ledger.OpenWork);
        return ledger;

        void Mark(IEnumerable<long> trajectories)
        {
            foreach (long trajectory in trajectories)
            {
                CellKey[] keys = [.. _plan.Experiments[_plan.Experiments.FirstOf(trajectory)].Readings.Select(reading => reading.Key)];
                ledger.Mark(new StoredTrajectory(trajectory, keys, Array.ConvertAll(keys, key => _cells.StoredOf(key))), FailuresOf);
            }
        }
    }

    private IEnumerable<ReadingFailure> FailuresOf(CellKey key) =>
        from replicate in Enumerable.Range(0, _experiments.Max(experiment => experiment.EndReplicate))
        let reason = _cells.FailureOf(key, replicate)
        where reason is not null
        select new ReadingFailure(key, replicate, reason);

    private int Losses(long experiment) => _losses.GetValueOrDefault(experiment);

    private HashSet<long> Stored() => [.. _experiments.Where(experiment => _cells.AreStored(experiment)).Select(experiment => experiment.Index)];

    private HashSet<long> Open() =>
        [.. _experiments.Select(experiment => experiment.Index).Except([.. _done, .. _failed, .. _leases.Values.SelectMany(lease => lease.Open)])];

    private double Work(IEnumerable<long> experiments) => experiments.Sum(experiment => _experiments[experiment].Work);

    private long? Any(LedgerStep step) => _leases.Count == 0 ? null : _leases.Keys.Order().ElementAt(step.Which % _leases.Count);

    private long? Held(LedgerStep step) => Any(step) is { } lease ? _leases[lease].Open[step.Experiment % _leases[lease].Open.Count] : null;

    private static void AssertClose(double expected, double actual) => Assert.Equal(expected, actual, (expected + 1) * 1e-9);
}
