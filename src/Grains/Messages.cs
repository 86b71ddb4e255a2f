using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Grains;

/// <summary>A sweep for a cluster to compute.</summary>
/// <param name="Description">The text of a SweepDescription.</param>
/// <param name="Matrices">The matrices that it names.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.submission")]
public sealed record SweepSubmission([property: Id(0)] string Description, [property: Id(1)] ImmutableArray<SubmittedMatrix> Matrices)
{
    /// <summary>Its size, apart from a few bytes.</summary>
    /// <exception cref="FormatException">A part of it is missing: it comes from a stranger.</exception>
    internal long Bytes => Description is null || Matrices.IsDefault || Matrices.Any(matrix => matrix is null || matrix.Values.IsDefault)
        ? throw new FormatException("a submission needs a description, and every matrix its values")
        : Encoding.UTF8.GetByteCount(Description) + Matrices.Sum(matrix => (long)matrix.Values.Length * sizeof(double));
}

/// <summary>A matrix of a submission.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Values">The values, row by row.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.matrix")]
public sealed record SubmittedMatrix([property: Id(0)] int Rows, [property: Id(1)] int Columns, [property: Id(2)] ImmutableArray<double> Values)
{
    /// <summary>The matrix, over the same values.</summary>
    /// <exception cref="FormatException">Rows and columns do not fit the values.</exception>
    internal Matrix Read() => Rows > 0 && Columns > 0 && (long)Rows * Columns == Values.Length
        ? new Matrix(Rows, Columns, ImmutableCollectionsMarshal.AsArray(Values)!)
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a matrix of {Rows} × {Columns} cannot have {Values.Length} values"));
}

/// <summary>Cells handed to a pump: those of a trajectory together, in ascending sequence length.</summary>
/// <param name="Id">The lease's id.</param>
/// <param name="Cells">Indices and keys, to be computed in this order.</param>
/// <param name="Submission">The trace context of the call that submitted the sweep; null where nobody traced it.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.lease")]
public sealed record CellLease([property: Id(0)] long Id, [property: Id(1)] ImmutableArray<CellInLease> Cells, [property: Id(2)] string? Submission);

/// <summary>One cell of a lease.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Key">Its key, in hexadecimal digits.</param>
/// <param name="GoesOn">Whether a later cell goes on along the same trajectory.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.leased-cell")]
public sealed record CellInLease([property: Id(0)] long Index, [property: Id(1)] string Key, [property: Id(2)] bool GoesOn);

/// <summary>What a cell grain is to do.</summary>
/// <param name="Sweep">The sweep's id.</param>
/// <param name="Lease">The lease that the cell belongs to.</param>
/// <param name="Index">The cell's index in the sweep's plan.</param>
/// <param name="GoesOn">Whether a later cell goes on along the same trajectory.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.work")]
public sealed record CellWork([property: Id(0)] string Sweep, [property: Id(1)] long Lease, [property: Id(2)] long Index, [property: Id(3)] bool GoesOn);

/// <summary>What became of a cell.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Key">Its key, in hexadecimal digits.</param>
/// <param name="Failure">Why it failed; null where its result is stored.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.report")]
public sealed record CellReport([property: Id(0)] long Index, [property: Id(1)] string Key, [property: Id(2)] string? Failure);

/// <summary>Where the cells of a sweep stand.</summary>
/// <param name="State">Whether cells are handed out.</param>
/// <param name="Done">With a result.</param>
/// <param name="Failed">Given up.</param>
/// <param name="Leased">Being computed.</param>
/// <param name="Open">Waiting.</param>
/// <param name="Work">Operations of the cells that were open when the ledger was made (WorkEstimate).</param>
/// <param name="WorkDone">How many of these operations are done.</param>
/// <param name="Rate">Cells a second, over the last half minute.</param>
/// <param name="Holders">The silos that hold leases.</param>
/// <param name="Failures">The first hundred cells given up, with the reason.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.status")]
public sealed record SweepStatus(
    [property: Id(0)] SweepState State,
    [property: Id(1)] long Done,
    [property: Id(2)] long Failed,
    [property: Id(3)] long Leased,
    [property: Id(4)] long Open,
    [property: Id(5)] double Work,
    [property: Id(6)] double WorkDone,
    [property: Id(7)] double Rate,
    [property: Id(8)] ImmutableArray<string> Holders,
    [property: Id(9)] ImmutableArray<CellFailed> Failures)
{
    /// <summary>Whether every cell is done or given up.</summary>
    public bool IsFinished => Leased + Open == 0;
}

/// <summary>A cell that was given up.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.failed-cell")]
public sealed record CellFailed([property: Id(0)] long Index, [property: Id(1)] string Reason);
