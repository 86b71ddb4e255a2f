using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Leases of a ledger in this process. Nothing else takes experiments from it.</summary>
/// <param name="sweep">The sweep.</param>
/// <param name="ledger">Its ledger; the source's own from now on.</param>
/// <param name="onSettled">Called with the ledger after every batch of experiments that is stored.</param>
public sealed class LedgerLeases(SweepWork sweep, SweepLedger ledger, Action<SweepLedger> onSettled) : ILeaseSource
{
    // Operations of a lease, some milliseconds: of smaller experiments several go together.
    private const double LeaseWork = 1e7;

    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public bool IsFinite => true;

    /// <inheritdoc/>
    public ValueTask<WorkLease?> Take(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ledger.TryLease(TimeSpan.Zero, work: LeaseWork) is { } lease
                ? new(new WorkLease(sweep, lease.Id, lease.Experiments, lease.Experiments.Where(ledger.IsPartlyStored).ToHashSet().Contains))
                : default;
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
