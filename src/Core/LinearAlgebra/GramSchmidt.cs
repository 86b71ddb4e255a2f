using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A = Q·R by the modified Gram–Schmidt process on halves of the columns: all work except that on a few columns at a time is matrix products, at half
/// the cost of <see cref="ThinQr"/>.
/// </summary>
/// <remarks>
/// Each column of A equals that of Q·R to a few ulp of its length, as with reflections. Where columns are nearly dependent, Q's columns lose orthogonality:
/// by an ulp divided by the fraction of its length that a column keeps (Björck 1967). So the method fails where a column keeps too small a fraction.
/// </remarks>
internal static class GramSchmidt
{
    // Number of columns that are orthogonalised one by one.
    private const int Leaf = 16;

    // The smallest fraction of its length that a column must keep. Q's columns are then orthogonal to 1e-9.
    private const double LeastKept = 1e-7;

    /// <summary>Overwrites A with Q and writes R; false where columns are nearly dependent, and A is destroyed. Allocates nothing.</summary>
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
