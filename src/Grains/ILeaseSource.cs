using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Where <see cref="Workers"/> take experiments from, and tell what became of them. Safe from several threads at once.</summary>
public interface ILeaseSource
{
    /// <summary>Whether there will never be a lease again once there is none.</summary>
    bool IsFinite { get; }

    /// <summary>The next lease; null when none is to be had at the moment.</summary>
    ValueTask<WorkLease?> Take(CancellationToken cancellation);

    /// <summary>Has the experiments of a lease run by <see cref="WorkerThreads.Run"/>: directly, or by a grain.</summary>
    /// <returns>What they have yielded, in their order; those that were not run because the lease was stopped are left out.</returns>
    Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads);

    /// <summary>Tells that what experiments of one sweep have yielded is stored. Telling it twice does no harm.</summary>
    Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes);

    /// <summary>Holds on leases of one sweep. Those that are not to be worked on any more.</summary>
    Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases);

    /// <summary>Gives leases of one sweep back, in good order, with the experiments that are not settled.</summary>
    Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases);
}

/// <summary>A sweep as the process that runs its experiments needs it.</summary>
/// <param name="Id">The sweep's id.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Store">Where its readings are kept.</param>
/// <param name="Run">Runs an experiment; safe from any thread.</param>
public sealed record SweepWork(string Id, SweepPlan Plan, IResultStore Store, ExperimentFunction Run);

/// <summary>Runs an experiment: <see cref="ExperimentRunner.Run"/>, or what a test puts in its place.</summary>
public delegate ExperimentResult ExperimentFunction(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation);

/// <summary>Experiments that this process is to run.</summary>
/// <param name="sweep">Their sweep.</param>
/// <param name="id">The lease's id in that sweep.</param>
/// <param name="experiments">Their indices in the plan, to be run in this order.</param>
/// <param name="isPartlyStored">Whether some readings of an experiment are stored, so that they need not be computed again.</param>
/// <param name="submission">The trace context of the call that submitted the sweep; null where that call was not traced.</param>
public sealed class WorkLease(SweepWork sweep, long id, IReadOnlyList<long> experiments, Func<long, bool> isPartlyStored, string? submission = null)
{
    // Not disposed: an experiment may still look at it.
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

    /// <summary>Is cancelled when the lease is not to be worked on any more.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Whether some readings of an experiment are stored.</summary>
    public bool IsPartlyStored(long experiment) => isPartlyStored(experiment);

    /// <summary>Ends the work on it at once.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Counts experiments that are settled; whether these were the last.</summary>
    internal bool CountSettled(int experiments) => Interlocked.Add(ref _outstanding, -experiments) <= 0;
}

/// <summary>What an experiment has yielded.</summary>
/// <param name="Lease">The lease that it belongs to.</param>
/// <param name="Experiment">Its index in the plan.</param>
/// <param name="Result">Its readings and failures.</param>
public sealed record ExperimentOutcome(WorkLease Lease, long Experiment, ExperimentResult Result)
{
    /// <summary>The number of its readings and failures, a list of numbers counted by its bytes.</summary>
    internal long Weight { get; } = Result.Failures.Length + Result.Results.Sum(cell => cell.Replicates.Sum(Readings));

    // In readings of the norms alone: one that holds long lists weighs as many as have its bytes.
    private static long Readings(Reading reading)
    {
        const long BytesOfReading = 200;
        long numbers = reading.Spectrum is null && reading.Lags is null
            ? 0
            : 2L * ((reading.Spectrum?.Log10SingularValues.Count ?? 0) + (reading.Lags?.Log10SpectralNorms.Count ?? 0));
        return 1 + (sizeof(double) * numbers / BytesOfReading);
    }
}
