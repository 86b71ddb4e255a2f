using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>A field that holds one of the names of an enumeration.</summary>
internal class ChoiceField<TName>(
    string name,
    FieldKind kind,
    string description,
    Func<CellSpec, TName> get,
    Func<CellSpec, TName, CellSpec> set)
    : SweepField(name, kind, CanonicalText.Of(get(new CellSpec())), description)
    where TName : struct, Enum
{
    public override string Allowed => "one of " + string.Join(", ", Choices);

    public override IEnumerable<string> Choices => CanonicalText.All<TName>();

    public override string? Text(CellSpec spec) => CanonicalText.Of(get(spec));

    public override bool TryRead(string text, [NotNullWhen(true)] out FieldValue? value, [NotNullWhen(false)] out string? problem)
    {
        if (Choices.Contains(text) && CanonicalText.TryRead(text, out TName meaning))
        {
            (value, problem) = (new FieldValue(text, spec => set(spec, meaning)), null);
            return true;
        }

        string? nearest = NearestName.Of(text, Choices);
        (value, problem) = (null, Refuse(text) + (nearest is null ? "" : $"; did you mean {nearest}?"));
        return false;
    }
}

/// <summary>The recurrent weights: an ensemble, or a square matrix.</summary>
internal sealed class WeightsField() : ChoiceField<WeightEnsemble>(
    "weights",
    FieldKind.ChoiceOrPath,
    "ensemble of the recurrent weights, or a matrix: w.npy, x.safetensors#tensor",
    spec => spec.Weights,
    (spec, value) => spec with { Weights = value, WeightsDigest = null })
{
    public override string Allowed => base.Allowed + ", or a path ending in .npy or .safetensors#tensor";

    public override IEnumerable<string> Choices => base.Choices.Where(choice => choice != CanonicalText.Of(WeightEnsemble.File));

    public override bool IsPath(string text) => MatrixPath.Is(text);

    public override string? Text(CellSpec spec) => spec.WeightsDigest ?? base.Text(spec);

    public override bool TryUse(
        string name,
        string path,
        Matrix matrix,
        string digest,
        [NotNullWhen(true)] out MatrixValue? value,
        [NotNullWhen(false)] out string? problem)
    {
        problem = matrix.Rows == matrix.Columns
            ? null
            : $"weights must be a square matrix, but {Excerpt.Of(name)} is {matrix.Rows} × {matrix.Columns}{Gates(matrix)}";
        value = problem is null
            ? new MatrixValue(name, path, matrix, digest, spec => spec with { Weights = WeightEnsemble.File, WeightsDigest = digest })
            : null;
        return value is not null;
    }

    // PyTorch stacks the matrices of a network with gates.
    private static string Gates(Matrix matrix) => (matrix.Rows == 3L * matrix.Columns, matrix.Rows == 4L * matrix.Columns) switch
    {
        (true, _) => ": that of a GRU (3 gates), which is not supported yet",
        (_, true) => ": that of an LSTM (4 gates), which is not supported yet",
        _ => "",
    };
}
