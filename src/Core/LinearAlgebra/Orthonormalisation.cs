using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>M = Q·R by reflections, to the last digits.</summary>
internal static class Orthonormalisation
{
    /// <summary>
    /// Overwrites M with Q and writes R; returns the rank, the number of Q's columns and R's rows. Rows of M that are exactly 0 bound the rank: where
    /// the other rows are fewer than the columns, the rank is their number.
    /// </summary>
    /// <param name="m">M, rows × columns, row by row, of magnitudes not far from 1; then Q, rows × rank.</param>
    /// <param name="r">R, rank × columns, row by row.</param>
    /// <param name="rows">Rows of M, at least as many as columns.</param>
    /// <param name="columns">Columns of M and R.</param>
    /// <param name="dropsZeros">Whether rows of zeros bound the rank. If not, it is the number of columns.</param>
    public static int Factor(Span<double> m, Span<double> r, int rows, int columns, bool dropsZeros)
    {
        int nonZero = columns;
        if (dropsZeros)
        {
            nonZero = 0;
            for (int i = 0; i < rows; i++)
            {
                nonZero += TensorPrimitives.MaxMagnitude<double>(m.Slice(i * columns, columns)) != 0 ? 1 : 0;
            }
        }

        if (nonZero < columns)
        {
            FactorWide(m, r, rows, columns, nonZero);
            return nonZero;
        }

        using PooledSpan workspace = new(ThinQr.WorkspaceLength(rows, columns));
        ThinQr.Factor(m, r, rows, columns, workspace.Values);
        return columns;
    }

    // There are fewer non-zero rows than columns: the first columns, as many as these rows, determine Q; the others get their part of R from Q.
    private static void FactorWide(Span<double> m, Span<double> r, int rows, int columns, int nonZero)
    {
        if (nonZero == 0)
        {
            return;
        }

        int rest = columns - nonZero;
        using PooledSpan first = new(nonZero * nonZero), turned = new(nonZero * nonZero), other = new(nonZero * rest), image = new(nonZero * rest);
        using PooledSpan workspace = new(ThinQr.WorkspaceLength(nonZero, nonZero));
        var units = new int[nonZero];
        for (int i = 0, k = 0; i < rows; i++)
        {
            ReadOnlySpan<double> row = m.Slice(i * columns, columns);
            if (TensorPrimitives.MaxMagnitude(row) != 0)
            {
                row[..nonZero].CopyTo(first.Values[(k * nonZero)..]);
                row[nonZero..].CopyTo(other.Values[(k * rest)..]);
                units[k++] = i;
            }
        }

        Span<double> square = r[..(nonZero * nonZero)];
        ThinQr.Factor(first.Values, square, nonZero, nonZero, workspace.Values);
        Transposition.Copy(first.Values, nonZero, turned.Values, nonZero, nonZero, nonZero);
        MatrixProduct.Multiply(turned.Values, other.Values, image.Values, nonZero, nonZero, rest);
        for (int i = nonZero - 1; i >= 0; i--)
        {
            // Starts at the last row, because each row moves to a later place.
            square.Slice(i * nonZero, nonZero).CopyTo(r.Slice(i * columns, nonZero));
            image.Values.Slice(i * rest, rest).CopyTo(r.Slice((i * columns) + nonZero, rest));
        }

        m[..(rows * nonZero)].Clear();
        for (int k = 0; k < nonZero; k++)
        {
            first.Values.Slice(k * nonZero, nonZero).CopyTo(m[(units[k] * nonZero)..]);
        }
    }
}
