using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>
/// What must outlive a sweep grain, beside the results: which sweeps there are, who holds which experiments, which of them have cost a silo its life, and
/// in which order they were done. A grain that is activated anew, on whichever silo, reads it and goes on as if nothing had been.
/// </summary>
public interface ISweepJournal
{
    /// <summary>Enters a sweep as active. One that is there already, finished or cancelled, becomes active again and forgets its losses and failures.</summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="description">What it consists of.</param>
    /// <param name="matrices">The matrices that the description names, by digest; those that are kept already may be left out.</param>
    /// <exception cref="FormatException">The description is of no sweep that can be planned; nothing was entered.</exception>
    /// <exception cref="KeyNotFoundException">A matrix is neither given nor kept; nothing was entered.</exception>
    Task Enter(string sweep, SweepDescription description, IReadOnlyDictionary<string, Matrix> matrices);

    /// <summary>All sweeps, in the order in which they were first entered.</summary>
    Task<IReadOnlyList<SweepEntry>> Sweeps();

    /// <summary>A sweep's description; null where there is no such sweep.</summary>
    Task<SweepDescription?> Description(string sweep);

    /// <summary>A matrix that was entered with a sweep.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this digest.</exception>
    Task<Matrix> Matrix(string digest);

    /// <summary>What a sweep grain must remember; null where there is no such sweep.</summary>
    Task<SweepMemory?> Recall(string sweep);

    /// <summary>
    /// Notes what has changed, all of it or, on an exception, none. Experiments that are done or failed get the next numbers, in the order given; one that has a
    /// number already is passed over, unless it had failed and is done now. Of two counts of an experiment's losses the higher one stands. Safe even where two
    /// activations of a grain do so at once, and where one does so twice because it does not know whether the first time came through.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such sweep.</exception>
    /// <exception cref="InvalidOperationException">A lease of the id granted is out already, with other experiments or on another silo: another activation
    /// granted it, and this one must recall what is out.</exception>
    Task Note(string sweep, SweepChange change);

    /// <summary>
    /// What became of experiments, in the order of the numbers: those after a number, a limited count of them. Numbers come to sight in ascending order: who
    /// has seen one has missed none before it.
    /// </summary>
    Task<ImmutableArray<SweepEvent>> Events(string sweep, long after, int limit);
}

/// <summary>Whether cells of a sweep are handed out.</summary>
[GenerateSerializer, Alias("rnnsweep.state")]
public enum SweepState
{
    /// <summary>Cells are handed out.</summary>
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
public sealed record SweepEntry(string Id, string Name, long Cells, SweepState State, DateTimeOffset Entered);

/// <summary>What a sweep grain must remember.</summary>
/// <param name="State">Whether cells are handed out.</param>
/// <param name="Leases">The leases that were out.</param>
/// <param name="Losses">How often experiments have cost a silo its life, by index.</param>
/// <param name="Failures">The experiments that failed, with the first reason.</param>
/// <param name="Outcomes">Number of experiments whose outcome has been noted.</param>
/// <param name="LastLease">The highest id that a lease ever had.</param>
public sealed record SweepMemory(
    SweepState State,
    ImmutableArray<HeldLease> Leases,
    ImmutableDictionary<long, int> Losses,
    ImmutableDictionary<long, string> Failures,
    long Outcomes,
    long LastLease);

/// <summary>A lease that is out.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Silo">The silo that holds it.</param>
/// <param name="Experiments">Indices of its experiments, in the order in which they are run.</param>
public sealed record HeldLease(long Id, string Silo, ImmutableArray<long> Experiments)
{
    /// <summary>Whether two leases are one: arrays of equal numbers are not equal by themselves.</summary>
    public bool IsSameAs(HeldLease other) => Id == other.Id && Silo == other.Silo && Experiments.SequenceEqual(other.Experiments);

    /// <summary>What a journal throws when another lease of this id is granted.</summary>
    public InvalidOperationException Conflict() => new($"lease {Id} is out already, on silo {Silo}: another activation of the sweep's grain granted it");
}

/// <summary>What has changed in a sweep.</summary>
public sealed record SweepChange
{
    /// <summary>Leases that were handed out.</summary>
    public ImmutableArray<HeldLease> Granted { get; init; } = [];

    /// <summary>Leases that are over.</summary>
    public ImmutableArray<long> Ended { get; init; } = [];

    /// <summary>How often an experiment has now cost a silo its life, by index.</summary>
    public ImmutableDictionary<long, int> Losses { get; init; } = ImmutableDictionary<long, int>.Empty;

    /// <summary>What became of experiments: an index, and the reason where one failed.</summary>
    public ImmutableArray<(long Experiment, string? Failure)> Outcomes { get; init; } = [];

    /// <summary>The sweep's new state; null where it stays.</summary>
    public SweepState? State { get; init; }
}

/// <summary>What became of an experiment.</summary>
/// <param name="Number">The place in the sweep's order of events, from 1; numbers ascend, and some may be missing.</param>
/// <param name="Experiment">The experiment's index in the plan.</param>
/// <param name="Failure">Why it failed; null where it is done.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.event")]
public sealed record SweepEvent([property: Id(0)] long Number, [property: Id(1)] long Experiment, [property: Id(2)] string? Failure);
