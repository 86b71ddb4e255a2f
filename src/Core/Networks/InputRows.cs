using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>The input of a network from the rows of a matrix: row k is the input of the k-th step, starting with the transient.</summary>
/// <param name="Matrix">The matrix.</param>
/// <param name="First">Index of the first row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="IsReversed">Whether the steps begin with the last row.</param>
public sealed record InputRows(Matrix Matrix, int First, int Count, bool IsReversed = false)
{
    /// <summary>All rows of a matrix.</summary>
    public static InputRows Of(Matrix matrix) => new(matrix, 0, matrix.Rows);

    /// <summary>The rows of a replicate.</summary>
    /// <param name="matrix">Sequences of equal length, one below the other.</param>
    /// <param name="sequences">Number of sequences, replicate s takes sequence s; 0 where all replicates share all rows.</param>
    /// <param name="replicate">The replicate.</param>
    /// <param name="isReversed">Whether the steps begin with the last row.</param>
    public static InputRows Of(Matrix matrix, int sequences, int replicate, bool isReversed)
    {
        int count = sequences == 0 ? matrix.Rows : matrix.Rows / sequences;
        return new InputRows(matrix, sequences == 0 ? 0 : replicate * count, count, isReversed);
    }

    /// <summary>The input of a step.</summary>
    public ReadOnlySpan<double> this[int step]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)step, (uint)Count, nameof(step));
            return Matrix.Row(First + (IsReversed ? Count - 1 - step : step));
        }
    }
}
