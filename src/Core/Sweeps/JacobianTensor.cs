using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>The shape of the Jacobians of one or several sequences: (T, N, N) or (S, T, N, N). They are the rows of a matrix of max(1, S)·T·N × N.</summary>
/// <param name="Sequences">S; 0 for a shape without it, one sequence.</param>
/// <param name="Steps">T.</param>
/// <param name="Size">N.</param>
/// <param name="Rows">The matrix; null where it is in memory, or only the shape is known.</param>
public sealed record JacobianTensor(int Sequences, int Steps, int Size, IMatrixRows? Rows = null)
{
    /// <summary>Number of rows of the matrix.</summary>
    public long RowCount => (long)Math.Max(1, Sequences) * Steps * Size;

    /// <summary>The shape as a list of 3 or 4 sizes.</summary>
    public IReadOnlyList<int> Shape => Sequences == 0 ? [Steps, Size, Size] : [Sequences, Steps, Size, Size];

    /// <summary>The tensor of a shape; null where it is no shape of Jacobians, or has more than 2³¹ − 1 rows.</summary>
    public static JacobianTensor? OfShape(IReadOnlyList<int> shape)
    {
        JacobianTensor? tensor = shape switch
        {
            [> 0 and var steps, > 0 and var rows, var columns] when rows == columns => new(0, steps, rows),
            [> 0 and var sequences, > 0 and var steps, > 0 and var rows, var columns] when rows == columns => new(sequences, steps, rows),
            _ => null,
        };
        return tensor is { RowCount: <= int.MaxValue } ? tensor : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(" × ", Shape);
}
