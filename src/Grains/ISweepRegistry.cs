using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// The persistent state of sweeps except readings and failures: descriptions, states, how often each experiment has killed its silo, and the leases that each
/// silo holds. When a silo dies together with a sweep grain, its leases show which experiments it was running. A new activation of a sweep grain reads this.
/// </summary>
public interface ISweepRegistry
{
    /// <summary>Enters a sweep as active. A paused, finished or cancelled sweep becomes active again, and its earlier losses and failures no longer count.</summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="text">Its sweep file (<see cref="ISweepReader"/>).</param>
    /// <param name="plan">The plan of that file.</param>
    /// <param name="matrices">The matrices that the file names, by digest.</param>
    /// <param name="priority">Its priority (<see cref="FairShare"/>), which replaces an earlier one; null to keep that, or the usual one.</param>
    Task Enter(string sweep, string text, SweepPlan plan, IReadOnlyDictionary<string, Matrix> matrices, int? priority = null);

    /// <summary>All sweeps, in the order in which they were first entered.</summary>
    Task<IReadOnlyList<SweepEntry>> Sweeps();

    /// <summary>Finds a sweep; null where there is no such sweep.</summary>
    Task<StoredSweep?> Find(string sweep);

    /// <summary>A matrix that was entered with a sweep.</summary>
    /// <exception cref="KeyNotFoundException">No matrix has this digest.</exception>
    Task<Matrix> Matrix(string digest);

    /// <summary>
    /// Makes the caller the activation of a sweep grain that may write, and returns its epoch, which is one more than that of the activation before. Writes
    /// with an earlier epoch are refused. Null where there is no such sweep.
    /// </summary>
    Task<long?> Claim(string sweep);

    /// <summary>What a new activation of a sweep grain needs to know; null where there is no such sweep.</summary>
    Task<SweepHistory?> Recall(string sweep);

    /// <summary>The failures of cells that were stored since the sweep was last entered.</summary>
    Task<IReadOnlyList<ReadingFailure>> Failures(string sweep);

    /// <summary>Records a sweep's state, how many of its cells are done and have failed, and parts of what is done.</summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="epoch">The epoch of the caller.</param>
    /// <param name="state">The sweep's state.</param>
    /// <param name="done">Number of its cells that are done.</param>
    /// <param name="failed">Number of its cells that have failed.</param>
    /// <param name="parts">Parts of its plan, which replace those recorded before; null for none.</param>
    /// <param name="activity">What the cluster is doing for it.</param>
    /// <returns>
    /// The state that the sweep has now. A cancelled or finished sweep keeps that state, and its counts, until it is entered again. Null, and nothing is recorded,
    /// when a later activation has claimed the sweep, or when it was removed.
    /// </returns>
    Task<SweepState?> Note(string sweep, long epoch, SweepState state, long done, long failed, RecordedParts? parts = null, SweepActivity activity = default);

    /// <summary>
    /// In one transaction, records how often experiments have killed their silo so far, and deletes that silo's leases of this sweep. A lower count than the
    /// recorded one is ignored.
    /// </summary>
    /// <returns>False, and nothing is recorded, when a later activation has claimed the sweep, or when it was removed.</returns>
    Task<bool> Lose(string sweep, long epoch, string silo, IReadOnlyDictionary<long, int> losses);

    /// <summary>
    /// Records a lease whose experiments a silo is about to run, and deletes leases of that silo that have ended. Without effect where there is no such sweep.
    /// </summary>
    /// <returns>
    /// The other sweeps that may have stored readings since the sweep was last claimed, with the experiments that were recorded before: an entry for each lease, or
    /// one without experiments. Of two calls at the same time at most one gets the other's.
    /// </returns>
    Task<IReadOnlyList<RunningExperiments>> Hold(string sweep, string silo, HeldLease lease, IReadOnlyCollection<long> over);

    /// <summary>Deletes leases of a silo that have ended.</summary>
    Task Release(string sweep, string silo, IReadOnlyCollection<long> over);

    /// <summary>Completes when the registry answers.</summary>
    Task Ping(CancellationToken cancellation);
}

/// <summary>Whether experiments of a sweep are leased.</summary>
[GenerateSerializer, Alias("rnnsweep.state")]
public enum SweepState
{
    /// <summary>Experiments are leased.</summary>
    Active,

    /// <summary>A user has cancelled the sweep; stored readings are kept.</summary>
    Cancelled,

    /// <summary>Every cell is done or failed.</summary>
    Finished,

    /// <summary>A user has paused the sweep: no experiments are leased, and those that were leased before finish.</summary>
    Paused,
}

/// <summary>A sweep in the list of all sweeps.</summary>
/// <param name="Id">The sweep's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cells">Number of its cells.</param>
/// <param name="State">Its state.</param>
/// <param name="Priority">Its priority (<see cref="FairShare"/>).</param>
/// <param name="Entered">When it was first entered.</param>
/// <param name="Changed">When its state last changed.</param>
/// <param name="Done">Number of its cells that were done when the counts were last recorded, at most some seconds ago.</param>
/// <param name="Failed">Number of its cells that had failed at that time.</param>
public sealed record SweepEntry(
    string Id, string Name, long Cells, SweepState State, int Priority, DateTimeOffset Entered, DateTimeOffset Changed, long Done, long Failed)
{
    /// <summary>What the cluster was doing for it at that time.</summary>
    public SweepActivity Activity { get; init; }
}

/// <summary>What a cluster is doing for a sweep.</summary>
/// <param name="Computing">Number of its cells that are being computed.</param>
/// <param name="Rate">Cells per second, over the last half minute.</param>
/// <param name="Damage">Why it cannot be computed, because stored data of it are damaged; null where they are not.</param>
public readonly record struct SweepActivity(long Computing, double Rate, string? Damage);

/// <summary>What a new activation of a sweep grain needs to know.</summary>
/// <param name="State">The sweep's state.</param>
/// <param name="Cells">Number of the sweep's cells.</param>
/// <param name="Held">The leases that silos have recorded.</param>
/// <param name="Losses">How often experiments have killed their silo, by index.</param>
public sealed record SweepHistory(
    SweepState State, long Cells, ImmutableArray<(string Silo, HeldLease Lease)> Held, ImmutableDictionary<long, int> Losses)
{
    /// <summary>How many of the cells were done and had failed when the counts were last recorded.</summary>
    public (long Done, long Failed) Counts { get; init; }

    /// <summary>The recorded parts of what is done; null where there are none.</summary>
    public RecordedParts? Parts { get; init; }
}

/// <summary>Parts of what is done, for the next activation of a sweep grain.</summary>
/// <param name="FirstCell">The key of the plan's first cell. In another version of the numerics it is another one, and the parts are void.</param>
/// <param name="Parts">The parts.</param>
public sealed record RecordedParts(CellKey FirstCell, IReadOnlyList<DonePart> Parts);

/// <summary>Experiments of one sweep that a silo is running.</summary>
/// <param name="Sweep">The sweep's id.</param>
/// <param name="Experiments">Their indices in its plan; empty where it runs none.</param>
public sealed record RunningExperiments(string Sweep, ImmutableArray<long> Experiments);

/// <summary>A lease that a silo holds.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Experiments">Indices of its experiments, in the order in which they are run.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.held-lease")]
public sealed record HeldLease([property: Id(0)] long Id, [property: Id(1)] ImmutableArray<long> Experiments);
