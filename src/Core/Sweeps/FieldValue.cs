using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>One value of a field: its canonical text and, of a numeric field, its number.</summary>
public class FieldValue
{
    internal FieldValue(SweepField field, string text, double number = double.NaN, ulong whole = 0) =>
        (Field, Text, Number, Whole) = (field, text, number, whole);

    /// <summary>The field.</summary>
    public SweepField Field { get; }

    /// <summary>The canonical text. Two values of a field are the same value exactly when their texts are equal.</summary>
    public string Text { get; }

    /// <summary>The number, of a word beyond 2⁵³ the nearest double to it; NaN where the field is not numeric.</summary>
    public double Number { get; }

    /// <summary>The exact number of a field of whole numbers; of one of a few names, its place among them.</summary>
    internal ulong Whole { get; }

    /// <summary>The cell with this value in place of its own; a new record.</summary>
    public CellSpec Apply(CellSpec spec) => Field.Set(spec, this);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>
/// A matrix as the value of a field. Its text is its file's bare name, so that results do not depend on where the file is; of files of
/// one name in a list, with as much of their folders as differs.
/// </summary>
public sealed class MatrixValue : FieldValue
{
    internal MatrixValue(SweepField field, string name, string path, Matrix matrix, string digest)
        : base(field, name) => (Path, Matrix, Digest) = (path, matrix, digest);

    /// <summary>Where the matrix was read from: an absolute path.</summary>
    public string Path { get; }

    /// <summary>The matrix.</summary>
    public Matrix Matrix { get; }

    /// <summary>The matrix' <see cref="Matrix.Digest"/>.</summary>
    public string Digest { get; }
}
