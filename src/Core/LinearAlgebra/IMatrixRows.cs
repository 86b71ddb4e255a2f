namespace RnnSweep.Core.LinearAlgebra;

/// <summary>A matrix whose rows are read on request, so that it need not be in memory. Thread-safe.</summary>
public interface IMatrixRows
{
    /// <summary>Number of rows.</summary>
    int Rows { get; }

    /// <summary>Number of columns.</summary>
    int Columns { get; }

    /// <summary>Reads consecutive rows.</summary>
    /// <param name="first">The first row, from 0.</param>
    /// <param name="values">Overwritten, row by row; its length is a multiple of the number of columns.</param>
    void Read(int first, Span<double> values);
}

/// <summary>The rows of a matrix in memory.</summary>
/// <param name="matrix">The matrix.</param>
public sealed class MatrixRows(Matrix matrix) : IMatrixRows
{
    /// <inheritdoc/>
    public int Rows => matrix.Rows;

    /// <inheritdoc/>
    public int Columns => matrix.Columns;

    /// <inheritdoc/>
    public void Read(int first, Span<double> values) => matrix.Values.AsSpan(first * matrix.Columns, values.Length).CopyTo(values);
}
