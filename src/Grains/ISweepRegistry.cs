using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// What persists of sweeps beside readings and failures: what they consist of, whether they are under way, how often an experiment has killed its silo, and what each silo
/// runs at the moment, which tells who killed a silo whose sweep grain died with it. A sweep grain that is activated anew, on whichever silo, begins with it.
/// </summary>
public interface ISweepRegistry
{
    /// <summary>Enters a sweep as active. One that is there already, finished or cancelled, becomes active again, and its losses and failures of before do not count any more.</summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="text">Its sweep file (<see cref="ISweepReader"/>).</param>
    /// <param name="plan">The plan of that file.</param>
    /// <param name="matrices">The matrices that the file names, by digest.</param>
    Task Enter(string sweep, string text, SweepPlan plan, IReadOnlyDictionary<string, Matrix> matrices);

    /// <summary>All sweeps, in the order in which they were first entered.</summary>
    Task<IReadOnlyList<SweepEntry>> Sweeps();

    /// <summary>Finds a sweep; null where there is no such sweep.</summary>
    Task<StoredSweep?> Find(string sweep);

    /// <summary>A matrix that was entered with a sweep.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this digest.</exception>
    Task<Matrix> Matrix(string digest);

    /// <summary>What a new activation of a sweep grain needs to know; null where there is no such sweep.</summary>
    Task<SweepHistory?> Recall(string sweep);

    /// <summary>The failures of cells that were stored since the sweep was last entered.</summary>
    Task<IReadOnlyList<ReadingFailure>> Failures(string sweep);

    /// <summary>Notes whether a sweep is under way, and how many of its cells are done and have failed.</summary>
    Task Note(string sweep, SweepState state, long done, long failed);

    /// <summary>
    /// Notes how often experiments have now killed a silo, and forgets what that silo ran of this sweep, both or neither. Of two counts of an experiment the higher one stands.
    /// </summary>
    Task Lose(string sweep, string silo, IReadOnlyDictionary<long, int> losses);

    /// <summary>Notes a lease that a silo is about to work on, and forgets others that are over.</summary>
    Task Hold(string sweep, string silo, HeldLease lease, IReadOnlyCollection<long> over);

    /// <summary>Forgets leases of a silo that are over.</summary>
    Task Release(string sweep, string silo, IReadOnlyCollection<long> over);
}

/// <summary>Whether experiments of a sweep are handed out.</summary>
[GenerateSerializer, Alias("rnnsweep.state")]
public enum SweepState
{
    /// <summary>Experiments are handed out.</summary>
    Active,

    /// <summary>Stopped by a user; what is done is kept.</summary>
    Cancelled,

    /// <summary>Every cell is done or failed.</summary>
    Finished,
}

/// <summary>A sweep in the list of all.</summary>
/// <param name="Id">The sweep's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cells">Number of its cells.</param>
/// <param name="State">Whether it is under way.</param>
/// <param name="Entered">When it was first entered.</param>
/// <param name="Done">Number of its cells that were done when that was last noted, some seconds ago at most.</param>
/// <param name="Failed">Number of its cells that had failed.</param>
public sealed record SweepEntry(string Id, string Name, long Cells, SweepState State, DateTimeOffset Entered, long Done, long Failed);

/// <summary>What a new activation of a sweep grain needs to know.</summary>
/// <param name="State">Whether experiments are handed out.</param>
/// <param name="Cells">Number of the sweep's cells.</param>
/// <param name="Held">What silos have noted that they run.</param>
/// <param name="Losses">How often experiments have killed their silo, by index.</param>
public sealed record SweepHistory(
    SweepState State, long Cells, ImmutableArray<(string Silo, HeldLease Lease)> Held, ImmutableDictionary<long, int> Losses);

/// <summary>A lease that a silo works on.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Experiments">Indices of its experiments, in the order in which they are run.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.held-lease")]
public sealed record HeldLease([property: Id(0)] long Id, [property: Id(1)] ImmutableArray<long> Experiments);
