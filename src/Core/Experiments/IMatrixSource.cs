using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Experiments;

/// <summary>Where an experiment finds the user's matrices that its cell names by digest.</summary>
public interface IMatrixSource
{
    /// <summary>The matrix of a digest.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    Matrix Find(string digest);
}
