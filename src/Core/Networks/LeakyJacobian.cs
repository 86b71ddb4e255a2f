using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>J_t = keep · I + the Jacobian of a step without leak: a scaled product plus a multiple of the previous columns.</summary>
/// <param name="inner">W̃ diag(φ') or diag(φ') W̃, where the slopes include the factor a.</param>
/// <param name="keep">2^−e (1 − a), e the slopes' exponent.</param>
internal sealed class LeakyJacobian(RecurrentJacobian inner, double keep) : BlockJacobian(inner.Size, inner.Kernel)
{
    /// <inheritdoc/>
    public override bool ZerosAreExact => inner.ZerosAreExact;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        double[] before = columns.Values, after = columns.Spare;
        if (inner.SlopesComeFirst)
        {
            using PooledSpan memory = new(before.Length);
            memory.Values.Clear(); // padding must be 0
            columns.ScaleRows(slopes, memory.Values);
            columns.Factors.AsSpan(0, Size).Fill(1);
            Multiply(memory.Values);
        }
        else
        {
            slopes.CopyTo(columns.Factors);
            Multiply(before);
        }

        TensorPrimitives.MultiplyAdd(before, keep, after, after);
        columns.Swap();
        columns.NoteMaxima();

        void Multiply(ReadOnlySpan<double> right) =>
            Kernel.MultiplyScaled(inner.Weights.Values, right, after, columns.Factors, columns.Maxima, Size, columns.Maxima.Length);
    }
}
