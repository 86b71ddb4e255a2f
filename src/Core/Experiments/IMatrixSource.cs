using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Experiments;

/// <summary>Provides the user's matrices, which cells name by digest.</summary>
public interface IMatrixSource
{
    /// <summary>The matrix with a digest.</summary>
    /// <exception cref="KeyNotFoundException">No matrix has the digest.</exception>
    Matrix Find(string digest);

    /// <summary>The rows of the matrix with a digest, which need not be in memory.</summary>
    /// <exception cref="KeyNotFoundException">No matrix has the digest.</exception>
    IMatrixRows Rows(string digest) => new MatrixRows(Find(digest));
}
