using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks;

/// <summary>The transposed Jacobian of any network, applied column by column by <see cref="INetwork.MultiplyJacobianTransposed"/>.</summary>
/// <param name="network">The network.</param>
internal sealed class TransposedAppliedJacobian(INetwork network) : BlockJacobian(network.HiddenSize, ProductKernel.Best)
{
    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        using PooledSpan block = new(Size * columns.Count), rows = new(Size * columns.Count), vector = new(Size);
        columns.Unpack(columns.Values, block.Values);
        Transposition.Copy(block.Values, columns.Count, rows.Values, Size, Size, columns.Count);
        for (int j = 0; j < columns.Count; j++)
        {
            Span<double> column = rows.Values.Slice(j * Size, Size);
            network.MultiplyJacobianTransposed(slopes, column, vector.Values);
            vector.Values.CopyTo(column);
        }

        Transposition.Copy(rows.Values, Size, block.Values, columns.Count, columns.Count, Size);
        columns.Pack(block.Values);
    }
}
