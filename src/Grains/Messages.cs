using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>Cells handed to a pump: cells of one trajectory, in ascending sequence length.</summary>
/// <param name="Id">The lease's id.</param>
/// <param name="Cells">Indices and keys, to be computed in this order.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.lease")]
public sealed record CellLease([property: Id(0)] long Id, [property: Id(1)] ImmutableArray<CellInLease> Cells);

/// <summary>One cell of a lease.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Key">Its key, in hexadecimal digits.</param>
/// <param name="GoesOn">Whether a later cell goes on along the same trajectory.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.leased-cell")]
public sealed record CellInLease([property: Id(0)] long Index, [property: Id(1)] string Key, [property: Id(2)] bool GoesOn);

/// <summary>What a cell grain is to do.</summary>
/// <param name="Sweep">The sweep's id.</param>
/// <param name="Index">The cell's index in the sweep's plan.</param>
/// <param name="GoesOn">Whether a later cell goes on along the same trajectory.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.work")]
public sealed record CellWork([property: Id(0)] string Sweep, [property: Id(1)] long Index, [property: Id(2)] bool GoesOn);

/// <summary>What became of a cell.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Key">Its key, in hexadecimal digits.</param>
/// <param name="Failure">Why it failed; null where its result is stored.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.report")]
public sealed record CellReport([property: Id(0)] long Index, [property: Id(1)] string Key, [property: Id(2)] string? Failure);

/// <summary>Where the cells of a sweep stand.</summary>
/// <param name="Done">With a result.</param>
/// <param name="Failed">Given up.</param>
/// <param name="Leased">Being computed.</param>
/// <param name="Open">Waiting.</param>
/// <param name="IsCancelled">Whether nothing more is handed out.</param>
/// <param name="WorkDone">Operations done since the ledger was made (WorkEstimate).</param>
/// <param name="Failures">The cells given up, with the reason.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.status")]
public sealed record SweepStatus(
    [property: Id(0)] long Done,
    [property: Id(1)] long Failed,
    [property: Id(2)] long Leased,
    [property: Id(3)] long Open,
    [property: Id(4)] bool IsCancelled,
    [property: Id(5)] double WorkDone,
    [property: Id(6)] ImmutableArray<CellReport> Failures);
