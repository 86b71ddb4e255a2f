using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>One field of the sweep file, with all that belongs to it. All of them are in <see cref="SweepFields"/>.</summary>
public abstract class SweepField
{
    private protected SweepField(string name, FieldKind kind, string fallback, string description, FieldEffects effects) =>
        (Name, Kind, Default, Description, Effects) = (name, kind, fallback, description, effects);

    /// <summary>The name, as in the sweep file and the CSVs.</summary>
    public string Name { get; }

    /// <summary>What the field holds.</summary>
    public FieldKind Kind { get; }

    /// <summary>What holds where the field is not given: a value as it could stand in the file, or words in brackets.</summary>
    public string Default { get; }

    /// <summary>One line for the help.</summary>
    public string Description { get; }

    /// <summary>What depends on the field.</summary>
    public FieldEffects Effects { get; }

    /// <summary>What is allowed, to follow "must be": "a finite number ≥ 0".</summary>
    public abstract string Allowed { get; }

    /// <summary>The names of which the field holds one, or some, paths not among them; none where it holds something else.</summary>
    public virtual IEnumerable<string> Choices => [];

    /// <summary>Whether a list of values makes an axis.</summary>
    public bool CanBeAxis => Kind is not (FieldKind.Names or FieldKind.AllOrCount or FieldKind.Path or FieldKind.Text);

    /// <summary>Whether something depends on the field.</summary>
    public bool Affects(FieldEffects effects) => (Effects & effects) != 0;

    /// <summary>Reads one value. A problem is a sentence: "density must be …, but was 2".</summary>
    public bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        value = Read(text);
        problem = value is null ? Refuse(text) : null;
        return value is not null;
    }

    /// <summary>Whether a text stands for a matrix file, to be read and given to <see cref="TryUse"/>.</summary>
    public virtual bool IsPath(string text) => false;

    /// <summary>Makes a matrix, whose digest is known, the value; <paramref name="name"/> is the text of the value (<see cref="MatrixValue"/>).</summary>
    public bool TryUse(
        string name,
        string path,
        Matrix matrix,
        string digest,
        [NotNullWhen(true)] out MatrixValue? value,
        [NotNullWhen(false)] out string? problem)
    {
        problem = Refuse(name, matrix);
        value = problem is null ? new MatrixValue(this, name, path, matrix, digest) : null;
        return value is not null;
    }

    /// <summary>The canonical text of the field's value in a cell; null where the cell holds none.</summary>
    public abstract string? Text(CellSpec spec);

    /// <summary>The field's value in a cell where the field is a real number; else NaN.</summary>
    public virtual double Real(CellSpec spec) => double.NaN;

    /// <summary>The field's value in a cell where the field is a whole number below 2⁶³; else null.</summary>
    public virtual long? Whole(CellSpec spec) => null;

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The cell with a value of this field in place of its own; a new record.</summary>
    internal abstract CellSpec Set(CellSpec spec, FieldValue value);

    /// <summary>The value of a text; null where it is none that is allowed.</summary>
    private protected abstract FieldValue? Read(string text);

    /// <summary>Why a matrix is not allowed; null where it is.</summary>
    private protected virtual string? Refuse(string name, Matrix matrix) => throw new NotSupportedException($"{Name} holds no matrix");

    private protected string Refuse(string text)
    {
        string refusal = $"{Name} must be {Allowed}, but was {Excerpt.Of(text)}";
        return Choices.Any() && NearestName.Of(text, Choices) is { } nearest ? $"{refusal}; did you mean {nearest}?" : refusal;
    }
}
