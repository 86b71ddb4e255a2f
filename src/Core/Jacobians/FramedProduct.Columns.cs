using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>Scaling, ordering and dropping of the columns of a factored block.</summary>
internal sealed partial class FramedProduct
{
    // Sets Q, N × count, row by row.
    private void PackFrame(ReadOnlySpan<double> frame, int count)
    {
        var panels = new ColumnPanels(_jacobian.Kernel, _size, count);
        panels.Pack(frame);
        (_frame, _frameMaxima, _frameHoldsSmallNumbers) = (panels.Values, panels.Maxima, SmallNumbers.Exist(panels.Values));
    }

    // Rescales columns that W has made very long or short to magnitudes near 1, which the rows' multiplication by R relies on.
    private void BringIntoBand(Span<double> m, Span<double> exponents)
    {
        int c = exponents.Length;
        using PooledSpan factors = new(c), largest = new(c);
        Span<double> maxima = largest.Values;
        maxima.Clear();
        for (int start = 0; start < m.Length; start += c)
        {
            TensorPrimitives.MaxMagnitude(m.Slice(start, c), maxima, maxima);
        }

        TensorPrimitives.Abs(maxima, maxima);
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

        _measured.Advance(maxima, exponents);
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

    // A direction of the frame whose row of T is 0 contributes nothing to P.
    private void DropZeros()
    {
        int c = _rows.Count, kept = 0;
        for (int i = 0; i < c; i++)
        {
            if (!_rows.IsZero(i))
            {
                _growth[kept] = _growth[i];
                _order[kept++] = i;
            }
            else
            {
                ZerosMayBeInexact |= _measured.HasError(i); // only a column of zeros makes an exact zero
            }
        }

        if (kept == c)
        {
            return;
        }

        _rows.Keep(_order.AsSpan(0, kept));
        using PooledSpan whole = new(_size * c), part = new(_size * kept);
        _jacobian.Kernel.UnpackRight(_frame, _size, c, _jacobian.Kernel.PaddedRows(_size), whole.Values);
        for (int i = 0; i < _size; i++)
        {
            for (int l = 0; l < kept; l++)
            {
                part.Values[(i * kept) + l] = whole.Values[(i * c) + _order[l]];
            }
        }

        PackFrame(part.Values, kept);
    }
}
