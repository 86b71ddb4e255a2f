using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A = Q·R from the Cholesky factorisation AᵀA = RᵀR, in the layout of a kernel's right operand (Golub &amp; Van Loan, Matrix Computations, § 5.2; Yamamoto, Nakatsukasa, Yanagisawa
/// &amp; Fukaya 2015). R alone takes N k² + k³/3 operations and leaves A as it is; Q = A·R⁻¹ takes 2 N k² more. Nearly all of them are matrix products.
/// </summary>
/// <remarks>
/// R_ii has a relative error of some ulp times the square of the condition number of A with columns of length 1, and Q's columns are orthogonal to that; A = Q·R holds to some ulp times the
/// condition number. So the method fails where a column keeps less than <see cref="LeastKept"/> of its length beside the earlier ones. Columns scaled by powers of two give the same bits.
/// </remarks>
internal static class CholeskyQr
{
    /// <summary>The smallest fraction of its length that a column must keep.</summary>
    public const double LeastKept = 1.0 / 16;

    private const int BlockRows = 24; // a multiple of the rows of a panel on every machine

    /// <summary>Writes R; false where columns are too nearly dependent, 0 or not finite. Allocates only pooled memory.</summary>
    /// <param name="kernel">The kernel that defines the layout.</param>
    /// <param name="panels">A in panels, of magnitudes not far from 1, padded with zeros.</param>
    /// <param name="r">R, columns × columns, row by row: zeros below its diagonal, which is &gt; 0. Undefined where the method fails.</param>
    /// <param name="rows">Rows of A, at least as many as columns.</param>
    /// <param name="columns">Columns of A.</param>
    public static bool TryTriangularise(ProductKernel kernel, ReadOnlySpan<double> panels, Span<double> r, int rows, int columns)
    {
        int padded = kernel.PaddedColumns(columns);
        using PooledSpan left = new(kernel.PaddedRows(columns) * rows), image = new(BlockRows * padded);
        PackTransposed(kernel, panels, rows, columns, left.Values);
        for (int first = 0; first < columns; first += BlockRows)
        {
            int count = Math.Min(BlockRows, columns - first), height = kernel.PaddedRows(count);
            kernel.MultiplyPanels(left.Values.Slice(first * rows, height * rows), panels, image.Values, count, rows, first, padded, subtracts: false);
            for (int column = 0, width; column < columns; column += width)
            {
                width = kernel.PanelColumns(column, padded);
                int start = Math.Max(column, first), present = Math.Min(column + width, columns) - start;
                for (int i = 0; present > 0 && i < count; i++)
                {
                    image.Values.Slice((column * height) + (i * width) + start - column, present).CopyTo(r[(((first + i) * columns) + start)..]);
                }
            }
        }

        return Decompose(r, columns);
    }

    /// <summary>Writes Q = A·R⁻¹. Allocates only pooled memory.</summary>
    /// <param name="kernel">The kernel that defines the layout.</param>
    /// <param name="panels">A in panels, padded with zeros.</param>
    /// <param name="r">R, from <see cref="TryTriangularise"/>.</param>
    /// <param name="q">Q in panels of the same shape, overwritten.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="columns">Columns of A.</param>
    public static void Orthonormalise(ProductKernel kernel, ReadOnlySpan<double> panels, ReadOnlySpan<double> r, Span<double> q, int rows, int columns)
    {
        int height = kernel.PaddedRows(rows), depth = kernel.PaddedRows(columns), padded = kernel.PaddedColumns(columns);
        using PooledSpan inverse = new(columns * columns), right = new(depth * padded), matrix = new(rows * columns), left = new(height * columns);
        Invert(r, inverse.Values, columns);
        kernel.PackRight(inverse.Values, columns, columns, depth, right.Values);
        kernel.UnpackRight(panels, rows, columns, height, matrix.Values);
        kernel.PackLeft(matrix.Values, rows, columns, left.Values);
        kernel.MultiplyPanels(left.Values, right.Values, q, rows, columns, 0, padded, subtracts: false);
    }

    // Packs Aᵀ as a left operand. The lanes of a vector of columns lie in one panel of rows.
    private static void PackTransposed(ProductKernel kernel, ReadOnlySpan<double> panels, int rows, int columns, Span<double> packed)
    {
        int lanes = kernel.Lanes, panelRows = kernel.PanelRows, height = kernel.PaddedRows(rows), padded = kernel.PaddedColumns(columns);
        packed[(padded / panelRows * panelRows * rows)..].Clear(); // the rows that are missing in the last panel
        for (int column = 0, width; column < padded; column += width)
        {
            width = kernel.PanelColumns(column, padded);
            for (int lane = 0; lane < width; lane += lanes)
            {
                int row = column + lane, target = (row / panelRows * panelRows * rows) + (row % panelRows), source = (column * height) + lane;
                for (int i = 0; i < rows; i++)
                {
                    panels.Slice(source + (i * width), lanes).CopyTo(packed[(target + (i * panelRows))..]);
                }
            }
        }
    }

    // Overwrites the upper triangle of a Gram matrix with R.
    private static bool Decompose(Span<double> r, int columns)
    {
        using PooledSpan memory = new(columns);
        Span<double> least = memory.Values;
        for (int i = 0; i < columns; i++)
        {
            least[i] = LeastKept * LeastKept * r[(i * columns) + i];
        }

        for (int i = 0; i < columns; i++)
        {
            Span<double> row = r.Slice(i * columns, columns);
            double square = row[i];
            if (!(square > 0 && square >= least[i] && double.IsFinite(square)))
            {
                return false;
            }

            row[..i].Clear();
            row = row[i..];
            TensorPrimitives.Divide(row, Math.Sqrt(square), row);
            int j = 1;
            for (; j + 4 <= row.Length; j += 4)
            {
                FourRows.Add(r[(((i + j) * columns) + i + j)..], columns, row[j..], (-row[j], -row[j + 1], -row[j + 2], -row[j + 3])); // below the diagonal, too, which is not read
            }

            for (; j < row.Length; j++)
            {
                Span<double> below = r.Slice(((i + j) * columns) + i + j, row.Length - j);
                TensorPrimitives.FusedMultiplyAdd(row[j..], -row[j], below, below);
            }
        }

        return true;
    }

    // The inverse of an upper triangle, from its last row to its first.
    private static void Invert(ReadOnlySpan<double> r, Span<double> inverse, int columns)
    {
        for (int i = columns - 1; i >= 0; i--)
        {
            Span<double> row = inverse.Slice(i * columns, columns);
            row.Clear();
            for (int j = i + 1; j < columns; j++)
            {
                TensorPrimitives.MultiplyAdd(inverse.Slice((j * columns) + j, columns - j), -r[(i * columns) + j], row[j..], row[j..]);
            }

            row[i] = 1;
            TensorPrimitives.Divide(row[i..], r[(i * columns) + i], row[i..]);
        }
    }
}
