using System.Collections.Immutable;
using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The thin shell around <see cref="SweepLedger"/>: tells it the time, and turns its answers into messages.</summary>
internal sealed class SweepGrain(ISweepCatalogue catalogue, IResultStore store) : Grain, ISweepGrain
{
    // A pump renews every few seconds; a silo that is gone, or stopped, does not.
    private static readonly TimeSpan s_leaseTime = TimeSpan.FromSeconds(15);

    private SweepLedger _ledger = null!;
    private bool _isCancelled;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        SweepPlan plan = await catalogue.Plan(this.GetPrimaryKeyString());
        HashSet<CellKey> stored = [.. store.Keys()];
        _ledger = new SweepLedger(plan, stored.Count == 0 ? null : stored.Contains, s_leaseTime);
    }

    /// <inheritdoc/>
    public Task<CellLease?> Lease(string silo)
    {
        TimeSpan now = Now();
        _ledger.Expire(now);
        return Task.FromResult(_isCancelled || _ledger.TryLease(now) is not { } lease
            ? null
            : new CellLease(lease.Id, [.. lease.Cells.Select(cell => new CellInLease(cell.Index, cell.Key.ToString(), cell.GoesOn))]));
    }

    /// <inheritdoc/>
    public Task Report(ImmutableArray<CellReport> reports)
    {
        foreach (CellReport report in reports)
        {
            if (!CellKey.TryParse(report.Key, out CellKey key))
            {
                throw new ArgumentException($"'{report.Key}' is no cell key", nameof(reports));
            }

            _ = report.Failure is null
                ? _ledger.ReportDone(report.Index, key)
                : _ledger.ReportFailed(report.Index, key, report.Failure);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> Renew(long lease) => Task.FromResult(_ledger.Renew(lease, Now()));

    /// <inheritdoc/>
    public Task GiveBack(long lease)
    {
        _ledger.GiveBack(lease);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Cancel()
    {
        _isCancelled = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SweepStatus> Status()
    {
        _ledger.Expire(Now());
        LedgerCounts counts = _ledger.Counts;
        ImmutableArray<CellReport> failures =
            [.. _ledger.Failures.OrderBy(failure => failure.Key).Take(100).Select(failure => new CellReport(failure.Key, "", failure.Value))];
        return Task.FromResult(new SweepStatus(counts.Done, counts.Failed, counts.Leased, counts.Open, _isCancelled, _ledger.WorkDone, failures));
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);
}
