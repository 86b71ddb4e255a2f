using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A = Q·R by the modified Gram–Schmidt process on blocks of columns in the layout of a kernel's right operand: all work outside the narrow blocks is
/// matrix products, at half the cost of <see cref="ThinQr"/>.
/// </summary>
/// <remarks>
/// Each column of A equals that of Q·R to a few ulp of its length, as with reflections. Where columns are nearly dependent, Q's columns lose orthogonality:
/// by an ulp divided by the fraction of its length that a column keeps (Björck 1967). So the method fails where a column keeps too small a fraction.
/// The blocks are the same on every machine, and so are the bits.
/// </remarks>
internal static class GramSchmidt
{
    // The smallest fraction of its length that a column must keep. Q's columns are then orthogonal to 1e-9.
    private const double LeastKept = 1e-7;

    private const int Width = OrthonormalBlock.Columns;

    /// <summary>Overwrites A with Q and writes R; false where columns are nearly dependent, and A is destroyed. Allocates only pooled memory.</summary>
    /// <param name="kernel">The kernel that defines the layout.</param>
    /// <param name="panels">A in panels, of magnitudes not far from 1, padded with zeros; Q on return.</param>
    /// <param name="r">R, columns × columns, row by row: zeros below its diagonal, which is &gt; 0.</param>
    /// <param name="rows">Rows of A, at least as many as columns.</param>
    /// <param name="columns">Columns of A and Q.</param>
    /// <param name="maxima">The largest magnitude of each column of Q, padded with 0.</param>
    /// <param name="holdsSmallNumbers">Whether Q holds numbers that <see cref="SmallNumbers"/> detects.</param>
    public static bool Factor(
        ProductKernel kernel, Span<double> panels, Span<double> r, int rows, int columns, Span<double> maxima, out bool holdsSmallNumbers)
    {
        holdsSmallNumbers = false;
        int height = kernel.PaddedRows(rows), padded = kernel.PaddedColumns(columns), depth = kernel.PaddedRows(Width);
        using PooledSpan least = new(padded + Width), largest = new(Width), memory = new(height * Width), turned = new(depth * rows), left = new(height * Width), image = new(depth * padded);
        Span<double> triangle = stackalloc double[Width * Width];
        least.Values.Clear();
        ColumnPanels.SumSquares(kernel, panels, height, least.Values[..padded]);
        for (int j = 0; j < columns; j++)
        {
            least.Values[j] *= LeastKept * LeastKept;
        }

        for (int first = 0, width; first < columns; first += width)
        {
            width = Math.Min(Width, columns - first);
            int end = first + width, stride = end < columns ? Width : padded - first;
            bool isPanel = IsPanel(kernel, first, stride, padded);
            stride = isPanel ? stride : Width;
            Span<double> block = isPanel ? panels.Slice(first * height, height * stride) : memory.Values;
            if (!isPanel)
            {
                block.Clear();
                CopyColumns(kernel, panels, height, padded, block, first, width, isTaken: true);
            }

            if (!kernel.Orthonormalise(block, stride, width, least.Values[first..], triangle))
            {
                return false;
            }

            for (int i = 0; i < width; i++)
            {
                r.Slice((first + i) * columns, first + i).Clear();
                triangle.Slice((i * Width) + i, width - i).CopyTo(r[(((first + i) * columns) + first + i)..]);
            }

            // The block is still in the first-level cache.
            ColumnPanels.NoteMaxima(block, stride, largest.Values);
            largest.Values[..Math.Min(Width, padded - first)].CopyTo(maxima[first..]);
            holdsSmallNumbers = holdsSmallNumbers || SmallNumbers.Exist(block);
            if (end < columns)
            {
                // The panel that holds the last of these columns may hold later ones, too. These columns are overwritten with Q's below.
                kernel.PackTransposed(block, rows, turned.Values);
                kernel.MultiplyPanels(turned.Values, panels, image.Values, Width, rows, end, padded, subtracts: false);
                kernel.PackLeft(block, rows, Width, left.Values);
                kernel.MultiplyPanels(left.Values, image.Values, panels, rows, Width, end, padded, subtracts: true);
                CopyRows(kernel, image.Values, depth, padded, r[(first * columns)..], end, columns);
            }

            if (!isPanel)
            {
                CopyColumns(kernel, panels, height, padded, block, first, width, isTaken: false);
            }
        }

        return true;
    }

    // Whether the columns of a block are those of one panel.
    private static bool IsPanel(ProductKernel kernel, int first, int width, int padded)
    {
        int column = 0;
        while (column < first)
        {
            column += kernel.PanelColumns(column, padded);
        }

        return column == first && kernel.PanelColumns(column, padded) == width;
    }

    // Copies columns of the panels to a block, or back.
    private static void CopyColumns(ProductKernel kernel, Span<double> panels, int height, int padded, Span<double> block, int first, int width, bool isTaken)
    {
        for (int column = 0, panel; column < padded; column += panel)
        {
            panel = kernel.PanelColumns(column, padded);
            int start = Math.Max(column, first), count = Math.Min(column + panel, first + width) - start;
            for (int i = 0; count > 0 && i < height; i++)
            {
                Span<double> inPanel = panels.Slice((column * height) + (i * panel) + start - column, count);
                Span<double> inBlock = block.Slice((i * Width) + start - first, count);
                if (isTaken)
                {
                    inPanel.CopyTo(inBlock);
                }
                else
                {
                    inBlock.CopyTo(inPanel);
                }
            }
        }
    }

    // Copies the columns from next on of the first rows of panels to the rows of R.
    private static void CopyRows(ProductKernel kernel, ReadOnlySpan<double> panels, int depth, int padded, Span<double> r, int next, int columns)
    {
        for (int column = 0, panel; column < padded; column += panel)
        {
            panel = kernel.PanelColumns(column, padded);
            int start = Math.Max(column, next), count = Math.Min(column + panel, columns) - start;
            for (int i = 0; count > 0 && i < Width; i++)
            {
                panels.Slice((column * depth) + (i * panel) + start - column, count).CopyTo(r[((i * columns) + start)..]);
            }
        }
    }
}
