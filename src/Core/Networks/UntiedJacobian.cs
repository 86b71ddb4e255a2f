using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobians of a network with weights of its own for each step, or their transposes, applied to columns in panels. Each is formed and packed.</summary>
/// <param name="network">The network.</param>
/// <param name="isTransposed">Whether to apply the transposes.</param>
internal sealed class UntiedJacobian(UntiedNetwork network, bool isTransposed) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    public override bool ZerosAreExact => network.ZerosAreExact;

    /// <inheritdoc/>
    public override bool HoldSmallNumbers(ReadOnlySpan<double> slopes) => SmallNumbers.Exist(UntiedNetwork.SlopesOf(slopes));

    /// <inheritdoc/>
    public override int RankBound(ReadOnlySpan<double> slopes) => Size - UntiedNetwork.SlopesOf(slopes).Count(0);

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        using PooledSpan jacobian = new(Size * Size);
        network.FormJacobian(slopes, isTransposed, jacobian.Values);
        Apply(jacobian.Values, columns);
    }
}
