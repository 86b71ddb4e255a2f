using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Sweeps;

/// <summary>The Jacobians of any model in place of a network.</summary>
internal sealed class JacobiansField() : SweepField(
    "jacobians",
    FieldKind.Path,
    "(of the network)",
    ".npy or .safetensors file of the Jacobians of any model, (T, N, N) or (S, T, N, N)",
    FieldEffects.Readings | FieldEffects.Cost)
{
    public override string Allowed => "the path of a .npy file, or of a .safetensors file with #tensor";

    public override bool IsPath(string text) => true;

    public override string? Text(CellSpec spec) => spec.JacobiansDigest;

    internal override CellSpec Set(CellSpec spec, FieldValue value) => value is MatrixValue { Jacobians: { } tensor } matrix
        ? spec with { JacobiansDigest = matrix.Digest, JacobianSequences = tensor.Sequences, HiddenSize = tensor.Size }
        : throw new InvalidOperationException("jacobians needs a tensor");

    private protected override FieldValue? Read(string text) => null;

    // The reader of the file has checked the shape.
    private protected override string? Refuse(string name, Matrix matrix) => null;
}
