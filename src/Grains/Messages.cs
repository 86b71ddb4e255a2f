using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Grains;

/// <summary>A sweep for a cluster to compute.</summary>
/// <param name="Text">The sweep file (<see cref="ISweepReader"/>).</param>
/// <param name="Matrices">The matrices that it names.</param>
/// <param name="Priority">Its priority (<see cref="FairShare"/>); null to keep the one that it has, or for the usual one.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.submission")]
public sealed record SweepSubmission(
    [property: Id(0)] string Text, [property: Id(1)] ImmutableArray<SubmittedMatrix> Matrices, [property: Id(2)] int? Priority = null)
{
    /// <summary>Its approximate size in bytes.</summary>
    /// <exception cref="FormatException">A part of it is missing.</exception>
    internal long Bytes => Text is null || Matrices.IsDefault || Matrices.Any(matrix => matrix is null || matrix.Values.IsDefault)
        ? throw new FormatException("a submission needs a sweep file, and every matrix its values")
        : Encoding.UTF8.GetByteCount(Text) + Matrices.Sum(matrix => (long)matrix.Values.Length * sizeof(double));
}

/// <summary>A matrix of a submission.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Values">The values, row by row.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.matrix")]
public sealed record SubmittedMatrix([property: Id(0)] int Rows, [property: Id(1)] int Columns, [property: Id(2)] ImmutableArray<double> Values)
{
    /// <summary>The matrix, which shares the array of values.</summary>
    /// <exception cref="FormatException">The number of values is not rows × columns.</exception>
    internal Matrix Read() => Rows > 0 && Columns > 0 && (long)Rows * Columns == Values.Length
        ? new Matrix(Rows, Columns, ImmutableCollectionsMarshal.AsArray(Values)!)
        : throw new FormatException($"a matrix of {Rows} × {Columns} cannot have {Values.Length} values");
}

/// <summary>Experiments leased to a silo.</summary>
/// <param name="Id">The lease's id.</param>
/// <param name="Experiments">Indices of the experiments in the plan, to be run in this order.</param>
/// <param name="Key">
/// The key of the first experiment's cell with the longest sequence length, in hexadecimal digits. A silo of another version would compute another key.
/// </param>
/// <param name="PartlyStored">The experiments of which some readings are stored already.</param>
/// <param name="Submission">The trace context of the call that submitted the sweep; null where that call was not traced.</param>
/// <param name="MayBeStored">Whether readings may be stored that the sweep's ledger does not know, apart from those of other sweeps.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.experiment-lease")]
public sealed record ExperimentLease(
    [property: Id(0)] long Id,
    [property: Id(1)] ImmutableArray<long> Experiments,
    [property: Id(2)] string Key,
    [property: Id(3)] ImmutableArray<long> PartlyStored,
    [property: Id(4)] string? Submission,
    [property: Id(5)] bool MayBeStored);

/// <summary>A report of an experiment whose readings and failures are stored.</summary>
/// <param name="Experiment">Its index in the plan.</param>
/// <param name="Failures">The readings that could not be computed.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.report")]
public sealed record ExperimentReport([property: Id(0)] long Experiment, [property: Id(1)] ImmutableArray<FailedReading> Failures);

/// <summary>A reading that could not be computed.</summary>
/// <param name="Key">The cell's key, in hexadecimal digits.</param>
/// <param name="Replicate">The replicate.</param>
/// <param name="Reason">Why it could not be computed.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.failed-reading")]
public sealed record FailedReading([property: Id(0)] string Key, [property: Id(1)] int Replicate, [property: Id(2)] string Reason);

/// <summary>The number of cells of a sweep in each state.</summary>
/// <param name="State">Whether experiments are leased.</param>
/// <param name="Done">Number of cells with every reading.</param>
/// <param name="Failed">Number of cells with a reading that could not be computed.</param>
/// <param name="Leased">Number of cells that are being computed.</param>
/// <param name="Open">Number of cells that are waiting.</param>
/// <param name="Work">Operations of the experiments that were open when the ledger was made (WorkEstimate).</param>
/// <param name="WorkDone">How many of these operations are done.</param>
/// <param name="Rate">Cells per second, over the last half minute.</param>
/// <param name="Holders">The silos that hold leases.</param>
/// <param name="Failures">The first hundred cells that have failed, with the reason.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.progress")]
public sealed record SweepProgress(
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
    /// <summary>Why the sweep cannot be computed, because stored data of it are damaged; null where they are not.</summary>
    [Id(10)]
    public string? Damage { get; init; }

    /// <summary>Whether every cell is done or has failed.</summary>
    public bool IsFinished => Leased + Open == 0;
}

/// <summary>A cell that has failed.</summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Reason">Why it has failed.</param>
[GenerateSerializer, Immutable, Alias("rnnsweep.failed-cell")]
public sealed record CellFailed([property: Id(0)] long Index, [property: Id(1)] string Reason);
