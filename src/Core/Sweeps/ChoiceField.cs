using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>A field that holds one of the names of an enumeration.</summary>
internal class ChoiceField<TName>(
    string name,
    FieldKind kind,
    string description,
    FieldEffects effects,
    Func<CellSpec, TName> get,
    Func<CellSpec, TName, CellSpec> set)
    : SweepField(name, kind, CanonicalText.Of(get(new CellSpec())), description, effects)
    where TName : struct, Enum
{
    public override string Allowed => "one of " + string.Join(", ", Choices);

    public override IEnumerable<string> Choices => CanonicalText.All<TName>();

    public override string? Text(CellSpec spec) => CanonicalText.Of(get(spec));

    internal override CellSpec Set(CellSpec spec, FieldValue value) => set(spec, CanonicalText.At<TName>((int)value.Whole));

    private protected override FieldValue? Read(string text) =>
        Choices.Contains(text) ? new FieldValue(this, text, whole: (ulong)CanonicalText.All<TName>().IndexOf(text)) : null;
}

/// <summary>The recurrent weights: an ensemble, or a square matrix.</summary>
internal sealed class WeightsField() : ChoiceField<WeightEnsemble>(
    "weights",
    FieldKind.ChoiceOrPath,
    "ensemble of the recurrent weights, or a matrix: w.npy, x.safetensors#tensor",
    FieldEffects.Readings | FieldEffects.Cost | FieldEffects.Draws,
    spec => spec.Weights,
    (spec, value) => spec with { Weights = value, WeightsDigest = null })
{
    public override string Allowed => base.Allowed + ", or a path ending in .npy or .safetensors#tensor";

    public override IEnumerable<string> Choices => base.Choices.Where(choice => choice != CanonicalText.Of(WeightEnsemble.File));

    public override bool IsPath(string text) => MatrixPath.Is(text);

    public override string? Text(CellSpec spec) => spec.WeightsDigest ?? base.Text(spec);

    internal override CellSpec Set(CellSpec spec, FieldValue value) =>
        value is MatrixValue matrix ? spec with { Weights = WeightEnsemble.File, WeightsDigest = matrix.Digest } : base.Set(spec, value);

    private protected override string? Refuse(string name, Matrix matrix) => matrix.Rows == matrix.Columns
        ? null
        : $"weights must be a square matrix, but {Excerpt.Of(name)} is {matrix.Rows} × {matrix.Columns}{Gates(matrix)}";

    // PyTorch stacks the matrices of a gated network.
    private static string Gates(Matrix matrix) => (matrix.Rows == 3L * matrix.Columns, matrix.Rows == 4L * matrix.Columns) switch
    {
        (true, _) => ": that of a GRU (3 blocks); name the file as network, which measures it whole",
        (_, true) => ": that of an LSTM (4 blocks); name the file as network, which measures it whole",
        _ => "",
    };
}

/// <summary>The equations of a step with drawn weights, or a trained network.</summary>
internal sealed class NetworkField() : ChoiceField<NetworkKind>(
    "network",
    FieldKind.ChoiceOrPath,
    "the equations of a step, or a trained network: model.safetensors",
    FieldEffects.Readings | FieldEffects.Cost | FieldEffects.Draws,
    spec => spec.Network,
    (spec, value) => spec with { Network = value, NetworkDigest = null, NetworkLayers = 1 })
{
    public override string Allowed => base.Allowed + ", or a path ending in .safetensors, with #name where it holds several networks, and with * for several files";

    public override bool IsPath(string text) => MatrixPath.Is(text);

    public override string? Text(CellSpec spec) => spec.NetworkDigest ?? base.Text(spec);

    internal override CellSpec Set(CellSpec spec, FieldValue value) => value is MatrixValue { Contents.Network: { } shape } network
        ? spec with
        {
            Network = shape.Kind,
            NetworkDigest = network.Digest,
            NetworkLayers = shape.Layers,
            HiddenSize = shape.Units,
            InputSize = shape.Inputs,
        }
        : base.Set(spec, value);

    private protected override string? Refuse(string name, Matrix matrix) => null;
}
