using System.Collections.Immutable;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>The sizes of an array as a matrix, or as sequences of rows.</summary>
/// <param name="Sequences">Number of sequences; 0 for a matrix.</param>
/// <param name="Rows">Number of rows, of each sequence.</param>
/// <param name="Columns">Number of columns.</param>
internal sealed record MatrixSizes(long Sequences, long Rows, long Columns)
{
    /// <summary>What the matrix holds.</summary>
    public MatrixContents Contents => Sequences == 0 ? MatrixContents.Plain : new MatrixContents(Sequences: (int)Sequences);

    /// <summary>The sizes of an array's shape: one dimension is a column; null where it has another number of dimensions than its use allows.</summary>
    public static MatrixSizes? Of(ImmutableArray<long> shape, MatrixUse use) => shape switch
    {
        [var rows] => new(0, rows, 1),
        [var rows, var columns] => new(0, rows, columns),
        [var sequences, var rows, var columns] when use == MatrixUse.Sequences => new(sequences, rows, columns),
        _ => null,
    };

    /// <summary>The numbers of dimensions that a use allows, in words.</summary>
    public static string Wanted(MatrixUse use) => use == MatrixUse.Sequences ? "1 to 3 dimensions" : "1 or 2 dimensions";

    public override string ToString() => Sequences == 0 ? $"{Rows} × {Columns}" : $"{Sequences} × {Rows} × {Columns}";
}
