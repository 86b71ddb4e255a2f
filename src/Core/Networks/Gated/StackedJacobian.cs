using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The Jacobian of a stack of layers, or its transpose, applied to columns row by row: a product for each block of weights.</summary>
/// <param name="network">The stack.</param>
/// <param name="isTransposed">Whether it is the transpose.</param>
internal sealed class StackedJacobian(StackedNetwork network, bool isTransposed) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    public override bool HoldSmallNumbers(ReadOnlySpan<double> slopes)
    {
        bool hold = false;
        for (int layer = 0; layer < network.Layers; layer++)
        {
            hold |= network.Layer(layer).Jacobian.HoldSmallNumbers(network.SlopesOf(layer, slopes));
        }

        return hold;
    }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        using PooledSpan block = new(Size * columns.Count), result = new(Size * columns.Count);
        columns.Unpack(columns.Values, block.Values);
        if (isTransposed)
        {
            network.MultiplyJacobianTransposed(slopes, block.Values, result.Values, columns.Count);
        }
        else
        {
            network.MultiplyJacobian(slopes, block.Values, result.Values, columns.Count);
        }

        columns.Pack(result.Values);
    }
}
