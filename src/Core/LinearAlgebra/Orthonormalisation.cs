using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>M = Q·R by the fastest method that is accurate enough.</summary>
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
    /// <param name="exactly">Whether Q's columns must be orthogonal to the last digits, or only to 1e-9 where that is faster; M = Q·R either way.</param>
    /// <param name="dropsZeros">Whether rows of zeros bound the rank. If not, it is the number of columns.</param>
    public static int Factor(Span<double> m, Span<double> r, int rows, int columns, bool exactly, bool dropsZeros)
    {
        int alive = columns;
        if (dropsZeros)
        {
            alive = 0;
            for (int i = 0; i < rows; i++)
            {
                alive += TensorPrimitives.MaxMagnitude<double>(m.Slice(i * columns, columns)) != 0 ? 1 : 0;
            }
        }

        if (alive < columns)
        {
            FactorWide(m, r, rows, columns, alive);
            return alive;
        }

        using PooledSpan turned = new(rows * columns), workspace = new(ThinQr.WorkspaceLength(rows, columns));
        Transposition.Copy(m, columns, turned.Values, rows, rows, columns);
        if (!exactly && GramSchmidt.Factor(turned.Values, r, rows, columns))
        {
            Transposition.Copy(turned.Values, rows, m, columns, columns, rows);
        }
        else
        {
            ThinQr.Factor(m, r, rows, columns, workspace.Values);
        }

        return columns;
    }

    // There are fewer non-zero rows than columns: the first columns, as many as these rows, determine Q; the others get their part of R from Q.
    private static void FactorWide(Span<double> m, Span<double> r, int rows, int columns, int alive)
    {
        if (alive == 0)
        {
            return;
        }

        int rest = columns - alive;
        using PooledSpan first = new(alive * alive), turned = new(alive * alive), other = new(alive * rest), image = new(alive * rest);
        using PooledSpan workspace = new(ThinQr.WorkspaceLength(alive, alive));
        var units = new int[alive];
        for (int i = 0, k = 0; i < rows; i++)
        {
            ReadOnlySpan<double> row = m.Slice(i * columns, columns);
            if (TensorPrimitives.MaxMagnitude(row) != 0)
            {
                row[..alive].CopyTo(first.Values[(k * alive)..]);
                row[alive..].CopyTo(other.Values[(k * rest)..]);
                units[k++] = i;
            }
        }

        Span<double> square = r[..(alive * alive)];
        ThinQr.Factor(first.Values, square, alive, alive, workspace.Values);
        Transposition.Copy(first.Values, alive, turned.Values, alive, alive, alive);
        MatrixProduct.Multiply(turned.Values, other.Values, image.Values, alive, alive, rest);
        for (int i = alive - 1; i >= 0; i--)
        {
            // Starts at the last row, because each row moves to a later place.
            square.Slice(i * alive, alive).CopyTo(r.Slice(i * columns, alive));
            image.Values.Slice(i * rest, rest).CopyTo(r.Slice((i * columns) + alive, rest));
        }

        m[..(rows * alive)].Clear();
        for (int k = 0; k < alive; k++)
        {
            first.Values.Slice(k * alive, alive).CopyTo(m[(units[k] * alive)..]);
        }
    }
}
