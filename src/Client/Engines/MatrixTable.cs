using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.Engines;

/// <summary>The matrices that a sweep file names, by digest.</summary>
internal sealed class MatrixTable(IReadOnlyDictionary<string, Matrix> matrices) : IMatrixSource
{
    public Matrix Find(string digest) => matrices[digest];
}
