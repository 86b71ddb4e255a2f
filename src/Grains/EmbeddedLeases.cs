using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// The leases of a run with an embedded silo. Until the silo has started they come from the run's own ledger, so that experiments begin at once; from
/// <see cref="HandOver"/> on, the sweep grain has the ledger and grants the leases.
/// </summary>
/// <param name="sweep">The sweep.</param>
/// <param name="ledger">Its ledger. Only this source may access it until the handover, and only the sweep grain afterwards.</param>
/// <param name="onSettled">Called with the ledger after every batch of experiments that is stored before the handover.</param>
public sealed class EmbeddedLeases(SweepWork sweep, SweepLedger ledger, Action<SweepLedger> onSettled) : ILeaseSource
{
    private readonly LedgerLeases _early = new(sweep, ledger, onSettled);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private long _lastEarly;
    private SweepLeases? _silo;

    /// <summary>Completes when the sweep is finished before the handover.</summary>
    public Task FinishedEarly => _finished.Task;

    /// <inheritdoc/>
    public bool IsFinite => false;

    /// <summary>Gives the ledger to the sweep grain of a silo that has started.</summary>
    public void HandOver(SweepLeases silo)
    {
        lock (_gate)
        {
            _silo = silo;
        }
    }

    /// <inheritdoc/>
    public ValueTask<WorkLease?> Take(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_silo is null)
            {
                WorkLease? lease = _early.Take();
                _lastEarly = lease?.Id ?? _lastEarly;
                return new(lease);
            }
        }

        return _silo.Take(cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads) =>
        IsEarly(lease) ? _early.Run(lease, threads) : _silo!.Run(lease, threads);

    /// <inheritdoc/>
    public Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes)
    {
        lock (_gate)
        {
            if (_silo is null)
            {
                Task settled = _early.Settle(sweep, outcomes);
                if (ledger.Counts.IsFinished)
                {
                    _finished.TrySetResult();
                }

                return settled;
            }
        }

        return _silo.Settle(sweep, outcomes);
    }

    /// <inheritdoc/>
    /// <remarks>Leases that were granted before the handover have no holder that the grain knows, and no end.</remarks>
    public Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases) => leases.Where(lease => !IsEarly(lease)).ToArray() is { Length: > 0 } late
        ? _silo!.Renew(sweep, late)
        : Task.FromResult<IReadOnlyList<long>>([]);

    /// <inheritdoc/>
    public Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases)
    {
        lock (_gate)
        {
            if (_silo is null)
            {
                return _early.GiveBack(sweep, leases);
            }
        }

        return _silo.GiveBack(sweep, leases);
    }

    // A ledger numbers its leases in the order in which it grants them.
    private bool IsEarly(WorkLease lease)
    {
        lock (_gate)
        {
            return lease.Id <= _lastEarly;
        }
    }
}
