using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Leases of a ledger in this process.</summary>
/// <param name="sweep">The sweep.</param>
/// <param name="ledger">Its ledger. While workers use this source, only the source may access the ledger, because it holds the lock.</param>
/// <param name="onSettled">Called with the ledger after every stored batch of experiments.</param>
public sealed class LedgerLeases(SweepWork sweep, SweepLedger ledger, Action<SweepLedger> onSettled) : ILeaseSource
{
    // Operations of a lease, which take some milliseconds. Several smaller experiments share one lease.
    private const double LeaseWork = 1e7;

    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public bool IsFinite => true;

    /// <inheritdoc/>
    public ValueTask<WorkLease?> Take(CancellationToken cancellation) => new(Take());

    /// <summary>The next lease; null when none is available at the moment.</summary>
    public WorkLease? Take()
    {
        lock (_gate)
        {
            return ledger.TryLease(TimeSpan.Zero, work: LeaseWork) is { } lease
                ? new WorkLease(sweep, lease.Id, lease.Experiments, lease.Experiments.Where(ledger.IsPartlyStored).ToHashSet().Contains)
                : null;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads) => threads.Run(lease);

    /// <inheritdoc/>
    public Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes)
    {
        lock (_gate)
        {
            foreach ((_, long experiment, ExperimentResult result) in outcomes)
            {
                _ = ledger.Report(experiment, result.Failures);
            }

            onSettled(ledger);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases) => Task.FromResult<IReadOnlyList<long>>([]);

    /// <inheritdoc/>
    public Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases)
    {
        lock (_gate)
        {
            foreach (WorkLease lease in leases)
            {
                ledger.GiveBack(lease.Id);
            }
        }

        return Task.CompletedTask;
    }
}
