using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>
/// Matrix products on one machine's vectors. The kernel is chosen once at start. All kernels sum in the same order and, except for the portable one,
/// round equally, so they agree bit for bit. The bits do not depend on the call, the thread or the memory address. Nothing is allocated.
/// </summary>
/// <remarks>
/// Both operands are stored in the order in which they are read. The left one is packed into panels of <see cref="PanelRows"/> rows, column after column. The
/// right one is packed into panels of one to three vectors of columns, row after row, and so is the scaled product, which is the next step's right operand
/// (Goto &amp; van de Geijn 2008, "Anatomy of high-performance matrix multiplication"; here no step needs to repack).
/// </remarks>
internal abstract class ProductKernel
{
    /// <summary>The fastest kernel on this machine.</summary>
    public static ProductKernel Best { get; } = Supported[0];

    /// <summary>Every kernel that this machine can run, the fastest first.</summary>
    public static IReadOnlyList<ProductKernel> Supported
    {
        get
        {
            var kernels = new List<ProductKernel>();
            if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            {
                kernels.Add(new ProductKernel<Lanes512, Vector512<double>>("AVX-512"));
            }

            if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
            {
                kernels.Add(new ProductKernel<Lanes256, Vector256<double>>("AVX2"));
            }

            if (AdvSimd.Arm64.IsSupported)
            {
                kernels.Add(new ProductKernel<Lanes128, Vector128<double>>("AdvSimd"));
            }

            kernels.Add(new ProductKernel<LanesPortable, Vector128<double>>("portable"));
            return kernels;
        }
    }

    /// <summary>Name of its instruction set.</summary>
    public abstract string Name { get; }

    /// <summary>Columns of a right operand are padded to a multiple of this.</summary>
    public abstract int Lanes { get; }

    /// <summary>Rows of a left operand and of a product are padded to a multiple of this.</summary>
    public abstract int PanelRows { get; }

    /// <summary>A number of rows, padded.</summary>
    public int PaddedRows(int rows) => (rows + PanelRows - 1) / PanelRows * PanelRows;

    /// <summary>A number of columns, padded.</summary>
    public int PaddedColumns(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>
    /// Width of the panel that starts at a column: three vectors while there are as many. Where a tile has four rows, the last four vectors are split
    /// into two and two, since a tile of single sums would wait for the latency of each addition.
    /// </summary>
    public int PanelColumns(int column, int paddedColumns)
    {
        int vectors = (paddedColumns - column) / Lanes;
        return Lanes * (vectors == 4 && PanelRows == 4 ? 2 : Math.Min(vectors, 3));
    }

    /// <summary>Packs a matrix as a left operand.</summary>
    /// <param name="matrix">rows × inner, row by row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="inner">Columns.</param>
    /// <param name="packed">Padded rows × inner, overwritten.</param>
    public void PackLeft(ReadOnlySpan<double> matrix, int rows, int inner, Span<double> packed)
    {
        int height = PanelRows;
        for (int row = 0; row < rows; row += height)
        {
            Span<double> panel = packed.Slice(row * inner, height * inner);
            int present = Math.Min(height, rows - row);
            if (present < height)
            {
                panel.Clear();
            }

            Transposition.Copy(matrix[(row * inner)..], inner, panel, height, present, inner);
        }
    }

    /// <summary>Packs a matrix as a right operand.</summary>
    /// <param name="matrix">rows × columns, row by row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="panelHeight">Number of rows of a panel.</param>
    /// <param name="panels">Length panelHeight × padded columns, overwritten; padding becomes 0.</param>
    public void PackRight(ReadOnlySpan<double> matrix, int rows, int columns, int panelHeight, Span<double> panels)
    {
        int padded = PaddedColumns(columns);
        for (int column = 0, width; column < padded; column += width)
        {
            width = PanelColumns(column, padded);
            Span<double> panel = panels.Slice(column * panelHeight, width * panelHeight);
            int present = Math.Min(width, columns - column);
            if (present < width || rows < panelHeight)
            {
                panel.Clear();
            }

            for (int i = 0; i < rows; i++)
            {
                matrix.Slice((i * columns) + column, present).CopyTo(panel[(i * width)..]);
            }
        }
    }

    /// <summary>Unpacks a right operand; the inverse of <see cref="PackRight"/>.</summary>
    public void UnpackRight(ReadOnlySpan<double> panels, int rows, int columns, int panelHeight, Span<double> matrix)
    {
        int padded = PaddedColumns(columns);
        for (int column = 0, width; column < padded; column += width)
        {
            width = PanelColumns(column, padded);
            ReadOnlySpan<double> panel = panels.Slice(column * panelHeight, width * panelHeight);
            int present = Math.Min(width, columns - column);
            for (int i = 0; i < rows; i++)
            {
                panel.Slice(i * width, present).CopyTo(matrix[((i * columns) + column)..]);
            }
        }
    }

    /// <summary>diag(factors)·L·R, with the largest magnitude of each of its columns.</summary>
    /// <param name="left">L, packed: padded rows × rows.</param>
    /// <param name="right">R, in panels.</param>
    /// <param name="target">The product, in panels of the same shape; overwritten.</param>
    /// <param name="factors">A factor per row, padded.</param>
    /// <param name="maxima">Padded columns, overwritten.</param>
    /// <param name="size">Rows and columns of L, rows of R.</param>
    /// <param name="paddedColumns">Columns of R, padded.</param>
    /// <param name="vector">
    /// x, for which y = L·x is computed too, while the rows of L are in the cache; empty for none. The bits of y are those of <see cref="MultiplyTransposed"/> with the transpose of L.
    /// </param>
    /// <param name="image">y, without factors; its length, padded, overwritten.</param>
    public abstract void MultiplyScaled(
        ReadOnlySpan<double> left,
        ReadOnlySpan<double> right,
        Span<double> target,
        ReadOnlySpan<double> factors,
        Span<double> maxima,
        int size,
        int paddedColumns,
        ReadOnlySpan<double> vector = default,
        Span<double> image = default);

    /// <summary>L·R, row by row.</summary>
    /// <param name="left">L, packed.</param>
    /// <param name="right">R, in panels as high as L has columns.</param>
    /// <param name="target">rows × columns, overwritten.</param>
    /// <param name="rows">Rows of L.</param>
    /// <param name="inner">Columns of L, rows of R.</param>
    /// <param name="columns">Columns of R.</param>
    public abstract void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, int rows, int inner, int columns);

    /// <summary>L·R in panels, or what is in the panels minus L·R, for the panels from a column on.</summary>
    /// <param name="left">L, packed.</param>
    /// <param name="right">R, in panels as high as L has columns, padded.</param>
    /// <param name="target">Panels of L's padded number of rows, overwritten.</param>
    /// <param name="rows">Rows of L.</param>
    /// <param name="inner">Columns of L.</param>
    /// <param name="firstColumn">The panel of this column is the first that is computed.</param>
    /// <param name="paddedColumns">Columns of R, padded.</param>
    /// <param name="subtracts">Whether to subtract the product.</param>
    public abstract void MultiplyPanels(
        ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, int rows, int inner, int firstColumn, int paddedColumns, bool subtracts);

    /// <summary>
    /// Orthonormalises a few columns by the modified Gram–Schmidt process; false where a column keeps too small a part of its length, and the columns are
    /// destroyed. The sums are taken in the same order by all kernels.
    /// </summary>
    /// <param name="block">Padded rows × stride, row by row, the missing rows and columns 0.</param>
    /// <param name="stride">Columns of the block, padded; at most <see cref="OrthonormalBlock.Columns"/>.</param>
    /// <param name="width">Number of columns that are not missing.</param>
    /// <param name="leastSquares">The least square of the remaining length of each column.</param>
    /// <param name="r">R, <see cref="OrthonormalBlock.Columns"/> square, row by row; undefined below its diagonal.</param>
    public abstract bool Orthonormalise(Span<double> block, int stride, int width, ReadOnlySpan<double> leastSquares, Span<double> r);

    /// <summary>Packs the transpose of a block as a left operand of <see cref="OrthonormalBlock.Columns"/> rows.</summary>
    /// <param name="block">At least rows × <see cref="OrthonormalBlock.Columns"/>, row by row.</param>
    /// <param name="rows">Rows of the block without padding.</param>
    /// <param name="packed">rows × <see cref="OrthonormalBlock.Columns"/>, overwritten.</param>
    public abstract void PackTransposed(ReadOnlySpan<double> block, int rows, Span<double> packed);

    /// <summary>y = Aᵀ·x.</summary>
    /// <param name="a">rows × columns, row by row.</param>
    /// <param name="x">Length rows.</param>
    /// <param name="y">Length columns, overwritten.</param>
    public abstract void MultiplyTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y);

    private protected static ref double First(ReadOnlySpan<double> values) => ref MemoryMarshal.GetReference(values);
}
