using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The Jacobian of a stack of layers, or its transpose, applied to columns row by row: a product for each block of weights.</summary>
/// <param name="network">The stack.</param>
/// <param name="isTransposed">Whether it is the transpose.</param>
internal sealed class StackedJacobian(StackedNetwork network, bool isTransposed) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    /// <remarks>
    /// With A and C the Jacobians of two layers, that of the stack is [[A, 0], [D W_ih E A, C]] = [[1, 0], [D W_ih E, 1]] · [[A, 0], [0, C]], so its rank is the sum of theirs.
    /// </remarks>
    public override int RankBound(ReadOnlySpan<double> slopes)
    {
        int rank = 0;
        for (int layer = 0; layer < network.Layers; layer++)
        {
            rank += network.Layer(layer).RankBound(network.SlopesOf(layer, slopes));
        }

        return rank;
    }

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
