using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Leases experiments to <see cref="Workers"/> and receives their outcomes. Thread-safe.</summary>
public interface ILeaseSource
{
    /// <summary>Whether the source has ended once <see cref="Take"/> has returned null.</summary>
    bool IsFinite { get; }

    /// <summary>The next lease; null when none is available at the moment.</summary>
    ValueTask<WorkLease?> Take(CancellationToken cancellation);

    /// <summary>Runs the experiments of a lease through <see cref="WorkerThreads.Run"/>, directly or in a grain.</summary>
    /// <returns>Their outcomes, in the order of the lease; experiments that were not run because the lease was stopped are left out.</returns>
    Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads);

    /// <summary>Reports that outcomes of one sweep are stored. Idempotent.</summary>
    Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes);

    /// <summary>Renews leases of one sweep. Returns the ids of those that have ended and must be stopped.</summary>
    Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases);

    /// <summary>Returns leases of one sweep with the experiments that are not settled, so that they can be leased again.</summary>
    Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases);
}

/// <summary>What a process needs to run the experiments of a sweep.</summary>
/// <param name="Id">The sweep's id.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Store">Where its readings are kept.</param>
/// <param name="Run">Runs an experiment; safe from any thread.</param>
public sealed record SweepWork(string Id, SweepPlan Plan, IResultStore Store, ExperimentFunction Run);

/// <summary>Runs an experiment: <see cref="ExperimentRunner.Run"/>, or a test's replacement.</summary>
public delegate ExperimentResult ExperimentFunction(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation);

/// <summary>Experiments that are leased to this process.</summary>
/// <param name="sweep">Their sweep.</param>
/// <param name="id">The lease's id in that sweep.</param>
/// <param name="experiments">Their indices in the plan, to be run in this order.</param>
/// <param name="isPartlyStored">Whether some readings of an experiment are stored already; those are not computed again.</param>
/// <param name="submission">The trace context of the call that submitted the sweep; null where that call was not traced.</param>
public sealed class WorkLease(SweepWork sweep, long id, IReadOnlyList<long> experiments, Func<long, bool> isPartlyStored, string? submission = null)
{
    // It is not disposed, because an experiment may still read its token.
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None);
    private int _outstanding = experiments.Count;

    /// <summary>The sweep.</summary>
    public SweepWork Sweep => sweep;

    /// <summary>The lease's id.</summary>
    public long Id => id;

    /// <summary>The indices of its experiments.</summary>
    public IReadOnlyList<long> Experiments => experiments;

    /// <summary>The trace context of the call that submitted the sweep.</summary>
    public string? Submission => submission;

    /// <summary>Is cancelled when the lease has ended and its experiments must stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Whether some readings of an experiment are stored.</summary>
    public bool IsPartlyStored(long experiment) => isPartlyStored(experiment);

    /// <summary>Stops its experiments.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Counts settled experiments, and returns whether all experiments of the lease are settled.</summary>
    internal bool CountSettled(int experiments) => Interlocked.Add(ref _outstanding, -experiments) <= 0;
}

/// <summary>The result of one experiment of a lease.</summary>
/// <param name="Lease">The lease that it belongs to.</param>
/// <param name="Experiment">Its index in the plan.</param>
/// <param name="Result">Its readings and failures.</param>
public sealed record ExperimentOutcome(WorkLease Lease, long Experiment, ExperimentResult Result)
{
    /// <summary>The number of its readings and failures. A reading with long lists counts as many readings without lists as have its bytes.</summary>
    internal long Weight { get; } = Result.Failures.Length + Result.Results.Sum(cell => cell.Replicates.Sum(Readings));

    private static long Readings(Reading reading)
    {
        const long BytesOfReading = 200;
        long pairs = (reading.Spectrum?.Log10SingularValues.Count ?? 0) + (long)(reading.Lags?.Log10SpectralNorms.Count ?? 0) + (reading.Leading?.Exponents.Count ?? 0)
            + (reading.GradientLags?.Log10Terms.Count ?? 0);
        long numbers = (2 * pairs) + (reading.Leading?.History.Count ?? 0);
        return 1 + (sizeof(double) * numbers / BytesOfReading);
    }
}
