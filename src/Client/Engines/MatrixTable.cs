using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.Engines;

/// <summary>The matrices that a sweep names, by digest.</summary>
internal sealed class MatrixTable(ResolvedSweep sweep) : IMatrixSource
{
    private readonly IReadOnlyDictionary<string, IMatrixRows> _rows = sweep.Rows;

    public Matrix Find(string digest) => sweep.Matrices[digest];

    public IMatrixRows Rows(string digest) => _rows.TryGetValue(digest, out IMatrixRows? rows) ? rows : new MatrixRows(Find(digest));
}
