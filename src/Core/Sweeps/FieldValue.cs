using System.Globalization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Core.Sweeps;

/// <summary>One value of a field: its canonical text and, for a numeric field, its number.</summary>
public class FieldValue
{
    internal FieldValue(SweepField field, string text, double number = double.NaN, ulong whole = 0) =>
        (Field, Text, Number, Whole) = (field, text, number, whole);

    /// <summary>The field.</summary>
    public SweepField Field { get; }

    /// <summary>The canonical text. Two values of a field are equal if and only if their texts are.</summary>
    public string Text { get; }

    /// <summary>The number, for a word beyond 2⁵³ the nearest double; NaN where the field is not numeric.</summary>
    public double Number { get; }

    /// <summary>The exact number of a whole-number field; for a choice, the index of the name.</summary>
    internal ulong Whole { get; }

    /// <summary>A copy of the cell with this value.</summary>
    public CellSpec Apply(CellSpec spec) => Field.Set(spec, this);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>
/// A matrix as the value of a field. Its text is the file's bare name, so that results do not depend on the file's location; for files of the same
/// name in a list, it includes the parts of their folders that differ, and for files whose names differ in one number alone, such as checkpoints, it is that number.
/// </summary>
public sealed class MatrixValue : FieldValue
{
    internal MatrixValue(SweepField field, string name, string path, Matrix matrix, string digest, MatrixContents contents)
        : base(field, name, double.TryParse(name, NumberStyles.None, null, out double number) ? number : double.NaN) =>
        (Path, Matrix, Digest, Contents) = (path, matrix, digest, contents);

    /// <summary>The absolute path of the file that the matrix was read from.</summary>
    public string Path { get; }

    /// <summary>The matrix.</summary>
    public Matrix Matrix { get; }

    /// <summary>The <see cref="Matrix.Digest"/> of the matrix.</summary>
    public string Digest { get; }

    /// <summary>What the matrix holds.</summary>
    public MatrixContents Contents { get; }

    /// <summary>The Jacobians whose rows the matrix has; null where it holds none.</summary>
    public JacobianTensor? Jacobians => Contents.Jacobians;
}

/// <summary>What a matrix that stands for an array of another shape, or for several arrays, holds.</summary>
/// <param name="Network">The sizes of the trained network that it holds (<see cref="TrainedNetwork.Pack"/>); null where it holds none.</param>
/// <param name="Sequences">Number of sequences that it holds, one below the other, from an array of three dimensions; 0 for a plain matrix.</param>
/// <param name="Jacobians">The Jacobians whose rows it has; null where it holds none.</param>
public sealed record MatrixContents(TrainedShape? Network = null, int Sequences = 0, JacobianTensor? Jacobians = null)
{
    /// <summary>A matrix as it is.</summary>
    public static MatrixContents Plain { get; } = new();
}
