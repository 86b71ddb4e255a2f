using System.Collections.Immutable;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>What a ledger has reported: all that another one needs beside the stored readings and failures.</summary>
internal sealed class LedgerJournal
{
    private readonly Dictionary<long, (long Id, string Holder, ImmutableArray<long> Experiments)> _leases = [];
    private readonly Dictionary<long, int> _losses = [];
    private readonly Dictionary<long, string> _failures = [];
    private long _lastLease;

    public LedgerJournal(SweepLedger ledger) => ledger.Changed += change =>
    {
        switch (change)
        {
            case LedgerChange.Granted granted:
                _leases.Add(granted.Lease, (granted.Lease, granted.Holder, granted.Experiments));
                _lastLease = granted.Lease;
                break;
            case LedgerChange.Ended ended:
                Assert.True(_leases.Remove(ended.Lease), "a lease ends once");
                break;
            case LedgerChange.Lost lost:
                _losses[lost.Experiment] = lost.Losses;
                break;
            case LedgerChange.Failed failed:
                _failures.Add(failed.Experiment, failed.Reason);
                break;
            case LedgerChange.Done done:
                _failures.Remove(done.Experiment);
                break;
        }
    };

    /// <summary>Why an experiment has failed.</summary>
    public string ReasonOf(long experiment) => _failures[experiment];

    public void Restore(SweepLedger ledger, Func<long, ImmutableArray<ReadingFailure>> failuresOf, TimeSpan now) =>
        ledger.Restore(_leases.Values, _losses, _failures.Keys.ToDictionary(experiment => experiment, failuresOf), _lastLease, now);
}
