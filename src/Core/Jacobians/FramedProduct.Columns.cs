using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>Scaling and ordering of the columns of a factored block.</summary>
internal sealed partial class FramedProduct
{
    // Rescales columns that W has made very long or short to magnitudes near 1, which the rows' multiplication by R relies on.
    private static void BringIntoBand(Span<double> m, Span<double> maxima, Span<double> exponents)
    {
        using PooledSpan factors = new(maxima.Length);
        bool isOutside = false;
        for (int l = 0; l < maxima.Length; l++)
        {
            int shift = maxima[l] is 0 or (>= PropagatedColumns.Lower and < PropagatedColumns.Upper) ? 0 : Math.Max(Math.ILogB(maxima[l]), -1000);
            factors.Values[l] = Math.ScaleB(1, -shift);
            maxima[l] *= factors.Values[l];
            exponents[l] += shift;
            isOutside |= shift != 0;
        }

        for (int start = 0; start < m.Length && isOutside; start += maxima.Length)
        {
            Span<double> row = m.Slice(start, maxima.Length);
            TensorPrimitives.Multiply(row, factors.Values, row);
        }
    }

    private static void PermuteColumns(Span<double> matrix, ReadOnlySpan<int> order)
    {
        int c = order.Length;
        using PooledSpan row = new(c);
        for (int start = 0; start < matrix.Length; start += c)
        {
            matrix.Slice(start, c).CopyTo(row.Values);
            for (int l = 0; l < c; l++)
            {
                matrix[start + l] = row.Values[order[l]];
            }
        }
    }
}
