using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>The loops over the tiles of a product.</summary>
internal sealed class ProductKernel<TLanes, TVector>(string name) : ProductKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // Size of the panels of L that stay in the second-level cache while all of R is read.
    private const int BlockBytes = 256 << 10;

    public override string Name => name;

    public override int Lanes => TLanes.Count;

    public override int PanelRows => TLanes.Rows;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MultiplyScaled(
        ReadOnlySpan<double> left,
        ReadOnlySpan<double> right,
        Span<double> target,
        ReadOnlySpan<double> factors,
        Span<double> maxima,
        int size,
        int paddedColumns,
        ReadOnlySpan<double> vector,
        Span<double> image)
    {
        int height = PaddedRows(size);
        Check(left.Length, (long)height * size, nameof(left));
        Check(right.Length, (long)height * paddedColumns, nameof(right));
        Check(target.Length, (long)height * paddedColumns, nameof(target));
        Check(factors.Length, height, nameof(factors));
        Check(maxima.Length, paddedColumns, nameof(maxima));
        Check(vector.Length, vector.IsEmpty ? 0 : size, nameof(vector));
        Check(image.Length, vector.IsEmpty ? 0 : height, nameof(image));
        maxima[..paddedColumns].Clear();
        int block = BlockRows(size);
        for (int first = 0; first < height; first += block)
        {
            int last = Math.Min(first + block, height);
            for (int column = 0, width; column < paddedColumns; column += width)
            {
                width = PanelColumns(column, paddedColumns);
                nint panel = (nint)column * height;
                for (int row = first; row < last; row += TLanes.Rows)
                {
                    Tile<TLanes, TVector, ScalingEnd>.Multiply(
                        width / TLanes.Count,
                        ref Unsafe.Add(ref First(left), (nint)row * size),
                        ref Unsafe.Add(ref First(right), panel),
                        width,
                        size,
                        ref Unsafe.Add(ref First(target), panel + ((nint)row * width)),
                        width,
                        ref Unsafe.Add(ref First(factors), row),
                        ref Unsafe.Add(ref First(maxima), column));
                }
            }

            if (!vector.IsEmpty)
            {
                ref double panels = ref Unsafe.Add(ref First(left), (nint)first * size);
                PackedVectorTile<TLanes, TVector>.Multiply(ref panels, size, (last - first) / TLanes.Rows, ref First(vector), ref Unsafe.Add(ref First(image), first));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, int rows, int inner, int columns)
    {
        int paddedColumns = PaddedColumns(columns), height = PaddedRows(rows);
        Check(left.Length, (long)height * inner, nameof(left));
        Check(right.Length, (long)inner * paddedColumns, nameof(right));
        Check(target.Length, (long)rows * columns, nameof(target));
        Span<double> edge = stackalloc double[TLanes.Rows * 3 * TLanes.Count];
        int block = BlockRows(inner);
        for (int first = 0; first < height; first += block)
        {
            int last = Math.Min(first + block, height);
            for (int column = 0, width; column < paddedColumns; column += width)
            {
                width = PanelColumns(column, paddedColumns);
                for (int row = first; row < last; row += TLanes.Rows)
                {
                    // A tile that extends beyond the product is written to a buffer first.
                    bool isWhole = row + TLanes.Rows <= rows && column + width <= columns;
                    Span<double> tile = isWhole ? target[((row * columns) + column)..] : edge;
                    Tile<TLanes, TVector, PlainEnd>.Multiply(
                        width / TLanes.Count,
                        ref Unsafe.Add(ref First(left), (nint)row * inner),
                        ref Unsafe.Add(ref First(right), (nint)column * inner),
                        width,
                        inner,
                        ref First(tile),
                        isWhole ? columns : width,
                        ref First(edge),
                        ref First(edge));
                    for (int i = 0; !isWhole && i < Math.Min(TLanes.Rows, rows - row); i++)
                    {
                        edge.Slice(i * width, Math.Min(width, columns - column)).CopyTo(target[(((row + i) * columns) + column)..]);
                    }
                }
            }
        }
    }

    public override void MultiplyPanels(
        ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, int rows, int inner, int firstColumn, int paddedColumns, bool subtracts)
    {
        if (subtracts)
        {
            MultiplyPanels<SubtractingEnd>(left, right, target, rows, inner, firstColumn, paddedColumns);
        }
        else
        {
            MultiplyPanels<PlainEnd>(left, right, target, rows, inner, firstColumn, paddedColumns);
        }
    }

    public override bool Orthonormalise(Span<double> block, int stride, int width, ReadOnlySpan<double> leastSquares, Span<double> r) =>
        OrthonormalBlock<TLanes, TVector>.Factor(block, stride, width, leastSquares, r);

    public override void PackTransposed(ReadOnlySpan<double> block, int rows, Span<double> packed) =>
        OrthonormalBlock<TLanes, TVector>.PackTransposed(block, rows, packed);

    public override void MultiplyTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y)
    {
        nint rows = x.Length, columns = y.Length;
        Check(a.Length, rows * columns, nameof(a));
        ref double first = ref First(a);
        nint column = VectorTile<TLanes, TVector>.Multiply(ref first, columns, ref First(x), rows, ref First(y), 0, columns);

        // Columns that do not fill a vector of this machine use narrower ones, whose sums are rounded equally.
        if (TLanes.Count > 4)
        {
            column = VectorTile<Lanes256, Vector256<double>>.Multiply(ref first, columns, ref First(x), rows, ref First(y), column, columns);
        }

        if (TLanes.Count > 2)
        {
            column = VectorTile<Lanes128, Vector128<double>>.Multiply(ref first, columns, ref First(x), rows, ref First(y), column, columns);
        }

        for (; column < columns; column++)
        {
            double sum = 0;
            for (nint i = 0; i < rows; i++)
            {
                double value = Unsafe.Add(ref first, (i * columns) + column);
                sum = TLanes.FusesAdd ? Math.FusedMultiplyAdd(Unsafe.Add(ref First(x), i), value, sum) : (Unsafe.Add(ref First(x), i) * value) + sum;
            }

            Unsafe.Add(ref First(y), column) = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyPanels<TEnd>(
        ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, int rows, int inner, int firstColumn, int paddedColumns)
        where TEnd : struct, ITileEnd
    {
        int height = PaddedRows(rows), depth = PaddedRows(inner);
        Check(left.Length, (long)height * inner, nameof(left));
        Check(right.Length, (long)depth * paddedColumns, nameof(right));
        Check(target.Length, (long)height * paddedColumns, nameof(target));
        int block = BlockRows(inner);
        for (int first = 0; first < height; first += block)
        {
            int last = Math.Min(first + block, height);
            for (int column = 0, width; column < paddedColumns; column += width)
            {
                width = PanelColumns(column, paddedColumns);
                for (int row = first; column + width > firstColumn && row < last; row += TLanes.Rows)
                {
                    ref double tile = ref Unsafe.Add(ref First(target), ((nint)column * height) + ((nint)row * width));
                    Tile<TLanes, TVector, TEnd>.Multiply(
                        width / TLanes.Count,
                        ref Unsafe.Add(ref First(left), (nint)row * inner),
                        ref Unsafe.Add(ref First(right), (nint)column * depth),
                        width,
                        inner,
                        ref tile,
                        width,
                        ref tile,
                        ref tile);
                }
            }
        }
    }

    private static int BlockRows(int inner) => Math.Max(1, BlockBytes / Math.Max(1, sizeof(double) * inner * TLanes.Rows)) * TLanes.Rows;

    private static void Check(long length, long least, string name) => ArgumentOutOfRangeException.ThrowIfLessThan(length, least, name);
}
