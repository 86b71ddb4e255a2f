using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobians that a user gives, or their transposes, applied to columns in panels. Each is read and packed for its product.</summary>
/// <param name="network">The Jacobians.</param>
/// <param name="isTransposed">Whether to apply the transposes.</param>
internal sealed class GivenJacobian(GivenJacobians network, bool isTransposed) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    public override int RankBound(ReadOnlySpan<double> slopes) => GivenJacobians.RankBound(slopes);

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        using PooledSpan jacobian = new(Size * Size);
        network.ReadScaled(slopes, isTransposed, jacobian.Values);
        Apply(jacobian.Values, columns);
    }
}
