using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>One field of the sweep file. <see cref="SweepFields"/> lists them all.</summary>
public abstract class SweepField
{
    private protected SweepField(string name, FieldKind kind, string fallback, string description, FieldEffects effects) =>
        (Name, Kind, Default, Description, Effects) = (name, kind, fallback, description, effects);

    /// <summary>The name, as in the sweep file and the CSVs.</summary>
    public string Name { get; }

    /// <summary>The type of the field.</summary>
    public FieldKind Kind { get; }

    /// <summary>The type of its values in the tables.</summary>
    public ColumnType Type => new(Kind switch
    {
        FieldKind.RealNumber => FieldContent.Real,
        FieldKind.WholeNumber => FieldContent.Whole,
        FieldKind.Word => FieldContent.Word,
        _ => FieldContent.Text,
    });

    /// <summary>The value where the field is not given: as it could be written in the file, or words in brackets.</summary>
    public string Default { get; }

    /// <summary>One line for the help.</summary>
    public string Description { get; }

    /// <summary>What depends on the field.</summary>
    public FieldEffects Effects { get; }

    /// <summary>The allowed values, as text after "must be": "a finite number ≥ 0".</summary>
    public abstract string Allowed { get; }

    /// <summary>The names that the field may hold, without paths; empty for other fields.</summary>
    public virtual IEnumerable<string> Choices => [];

    /// <summary>Whether a list of values makes an axis.</summary>
    public bool CanBeAxis => Kind is not (FieldKind.Names or FieldKind.AllOrCount or FieldKind.Path or FieldKind.Text);

    /// <summary>Whether any of some effects depends on the field.</summary>
    public bool Affects(FieldEffects effects) => (Effects & effects) != 0;

    /// <summary>Reads one value. A problem is a sentence: "density must be …, but was 2".</summary>
    public bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        value = Read(text);
        problem = value is null ? Refuse(text) : null;
        return value is not null;
    }

    /// <summary>Whether a text names a matrix file, which is to be read and passed to <see cref="TryUse"/>.</summary>
    public virtual bool IsPath(string text) => false;

    /// <summary>Creates a value from a matrix with a known digest; <paramref name="name"/> is the text of the value (<see cref="MatrixValue"/>).</summary>
    public bool TryUse(
        string name,
        string path,
        Matrix matrix,
        string digest,
        [NotNullWhen(true)] out MatrixValue? value,
        [NotNullWhen(false)] out string? problem,
        MatrixContents? contents = null)
    {
        problem = Refuse(name, matrix);
        value = problem is null ? new MatrixValue(this, name, path, matrix, digest, contents ?? MatrixContents.Plain) : null;
        return value is not null;
    }

    /// <summary>The canonical text of the field's value in a cell; null where the cell does not contain the field.</summary>
    public abstract string? Text(CellSpec spec);

    /// <summary>The field's value in a cell for a field of real numbers; otherwise NaN.</summary>
    public virtual double Real(CellSpec spec) => double.NaN;

    /// <summary>The field's value in a cell for a field of whole numbers below 2⁶³; otherwise null.</summary>
    public virtual long? Whole(CellSpec spec) => null;

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>A copy of the cell with a value of this field.</summary>
    internal abstract CellSpec Set(CellSpec spec, FieldValue value);

    /// <summary>The cell with all values of a fixed field, of which only a list of names has several.</summary>
    internal virtual CellSpec SetAll(CellSpec spec, IEnumerable<FieldValue> values) => values.Aggregate(spec, (cell, value) => value.Apply(cell));

    /// <summary>The value of a text; null where it is not allowed.</summary>
    private protected abstract FieldValue? Read(string text);

    /// <summary>Why a matrix is not allowed; null where it is allowed.</summary>
    private protected virtual string? Refuse(string name, Matrix matrix) => throw new NotSupportedException($"{Name} holds no matrix");

    private protected string Refuse(string text)
    {
        string refusal = $"{Name} must be {Allowed}, but was {Excerpt.Of(text)}";
        return Choices.Any() && NearestName.Of(text, Choices) is { } nearest ? $"{refusal}; did you mean {nearest}?" : refusal;
    }
}
