using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A = Q·R by Gram and Schmidt's process, modified, on halves of the columns: all but a few columns at a time is matrix products, at half the cost of
/// <see cref="ThinQr"/>.
/// </summary>
/// <remarks>
/// Each column of A is Q·R's to a few ulp of its length, as with reflections; what suffers where columns are nearly dependent is that Q's are orthogonal,
/// by an ulp over the part of its length that a column has kept (Björck 1967). So it is given up where a column keeps next to nothing.
/// </remarks>
internal static class GramSchmidt
{
    // Columns that are made orthogonal one by one.
    private const int Leaf = 16;

    // The least part of its length that a column must keep: Q's columns are orthogonal to 1e-9 then.
    private const double LeastKept = 1e-7;

    /// <summary>Overwrites A with Q and writes R; false where columns are too near to dependent, and A is lost. Allocates nothing.</summary>
    /// <param name="a">Aᵀ, columns × rows, row by row, of magnitudes not far from 1; Qᵀ on return.</param>
    /// <param name="r">R, columns × columns, row by row: zeros below its diagonal, which is &gt; 0.</param>
    /// <param name="rows">Rows of A, at least as many as columns.</param>
    /// <param name="columns">Columns of A and Q.</param>
    public static bool Factor(Span<double> a, Span<double> r, int rows, int columns)
    {
        using PooledSpan least = new(columns);
        for (int j = 0; j < columns; j++)
        {
            least.Values[j] = LeastKept * TensorPrimitives.Norm<double>(a.Slice(j * rows, rows));
        }

        r[..(columns * columns)].Clear();
        return Factor(a, r, least.Values, rows, 0, columns, columns);
    }

    private static bool Factor(Span<double> a, Span<double> r, ReadOnlySpan<double> least, int rows, int first, int width, int columns)
    {
        if (width <= Leaf)
        {
            return FactorLeaf(a, r, least, rows, first, width, columns);
        }

        int left = (width + (2 * Leaf) - 1) / (2 * Leaf) * Leaf, right = width - left, middle = first + left;
        if (!Factor(a, r, least, rows, first, left, columns))
        {
            return false;
        }

        Span<double> done = a.Slice(first * rows, left * rows), rest = a.Slice(middle * rows, right * rows);
        using PooledSpan turned = new(left * rows), parts = new(left * right), change = new(right * rows);
        Transposition.Copy(done, rows, turned.Values, left, left, rows);
        MatrixProduct.Multiply(rest, turned.Values, parts.Values, right, rows, left);
        Transposition.Copy(parts.Values, left, r[((first * columns) + middle)..], columns, right, left);
        MatrixProduct.Multiply(parts.Values, done, change.Values, right, left, rows);
        TensorPrimitives.Subtract(rest, change.Values, rest);
        return Factor(a, r, least, rows, middle, right, columns);
    }

    private static bool FactorLeaf(Span<double> a, Span<double> r, ReadOnlySpan<double> least, int rows, int first, int width, int columns)
    {
        for (int i = first; i < first + width; i++)
        {
            Span<double> q = a.Slice(i * rows, rows);
            double norm = TensorPrimitives.Norm<double>(q);
            if (!(norm > least[i]))
            {
                return false;
            }

            r[(i * columns) + i] = norm;
            TensorPrimitives.Divide(q, norm, q);
            int j = i + 1;
            for (; j + 4 <= first + width; j += 4)
            {
                Span<double> four = a[(j * rows)..];
                (double t0, double t1, double t2, double t3) = FourRows.Dots(four, rows, q);
                int at = (i * columns) + j;
                (r[at], r[at + 1], r[at + 2], r[at + 3]) = (t0, t1, t2, t3);
                FourRows.Add(four, rows, q, (-t0, -t1, -t2, -t3));
            }

            for (; j < first + width; j++)
            {
                Span<double> column = a.Slice(j * rows, rows);
                double part = TensorPrimitives.Dot<double>(q, column);
                r[(i * columns) + j] = part;
                TensorPrimitives.MultiplyAdd(q, -part, column, column);
            }
        }

        return true;
    }
}
