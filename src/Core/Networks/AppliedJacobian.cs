using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobian of any network, applied by <see cref="INetwork.MultiplyJacobian"/>.</summary>
/// <param name="network">The network.</param>
internal sealed class AppliedJacobian(INetwork network) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        using PooledSpan block = new(Size * columns.Count), result = new(Size * columns.Count);
        columns.Unpack(columns.Values, block.Values);
        network.MultiplyJacobian(slopes, block.Values, result.Values, columns.Count);
        columns.Pack(result.Values);
    }
}
