using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>One value of a field: its canonical text, and what it makes of a cell.</summary>
public class FieldValue
{
    private readonly Func<CellSpec, CellSpec> _set;

    internal FieldValue(string text, Func<CellSpec, CellSpec> set) => (Text, _set) = (text, set);

    /// <summary>The canonical text. Two values of a field are the same value exactly when their texts are equal.</summary>
    public string Text { get; }

    /// <summary>The cell with this value in place of its own; a new record.</summary>
    public CellSpec Apply(CellSpec spec) => _set(spec);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>
/// A matrix as the value of a field. Its text is its file's bare name, so that results do not depend on where the file is; of files of
/// one name in a list, with as much of their folders as differs.
/// </summary>
public sealed class MatrixValue : FieldValue
{
    internal MatrixValue(string name, string path, Matrix matrix, string digest, Func<CellSpec, CellSpec> set)
        : base(name, set) => (Path, Matrix, Digest) = (path, matrix, digest);

    /// <summary>Where the matrix was read from: an absolute path.</summary>
    public string Path { get; }

    /// <summary>The matrix.</summary>
    public Matrix Matrix { get; }

    /// <summary>The matrix' <see cref="Matrix.Digest"/>.</summary>
    public string Digest { get; }
}
