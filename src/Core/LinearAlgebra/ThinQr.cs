using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A = Q·R of a tall matrix by blocked Householder reflections, H_1 ⋯ H_b = I − V T Vᵀ (Schreiber &amp; Van Loan 1989; Golub &amp; Van Loan, Matrix
/// Computations, § 5.2.3). All work outside the narrow panels is matrix products.
/// </summary>
/// <remarks>
/// Columns are scaled to a largest magnitude near 1 by powers of two, and R's columns are scaled back, so A·diag(2^e) has the same Q to the bit, and each
/// column has a backward error of a few ulp of its own length. A reflection is always orthogonal, so Q's columns are orthonormal even where A has a lower
/// rank or zero columns. R's diagonal is ≥ 0, which makes QR unique at full rank.
/// </remarks>
internal static class ThinQr
{
    /// <summary>Columns that are reduced one by one before their reflections are applied to the rest as matrix products.</summary>
    public const int PanelColumns = 32;

    /// <summary>Rows updated at a time, so that their update is still in the first-level cache.</summary>
    public const int ChunkRows = 64;

    /// <summary>Doubles of workspace that <see cref="Factor"/> needs.</summary>
    public static int WorkspaceLength(int rows, int columns) => ThinQrWorkspace.Length(rows, columns);

    /// <summary>Overwrites A with Q and writes R. Allocates nothing; the same input gives the same bits on every call and every thread.</summary>
    /// <param name="a">A, rows × columns, row by row; Q on return. Where A holds a value that is not finite, Q and R are NaN.</param>
    /// <param name="r">R, columns × columns, row by row: zeros below its diagonal, which is ≥ 0.</param>
    /// <param name="rows">At least as many as columns.</param>
    /// <param name="columns">Columns of A and Q.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> doubles with undefined content.</param>
    public static void Factor(Span<double> a, Span<double> r, int rows, int columns, Span<double> workspace)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, rows);
        var memory = new ThinQrWorkspace(workspace, rows, columns);
        int reflectors = ReduceAll(a, r, rows, columns, memory);
        if (reflectors < 0)
        {
            a[..(rows * columns)].Fill(double.NaN);
            return;
        }

        for (int first = (columns - 1) / PanelColumns * PanelColumns; first >= 0; first -= PanelColumns)
        {
            int width = Math.Min(PanelColumns, columns - first), m = rows - first;
            reflectors -= width * m;
            Expand(a, memory, memory.Reflectors.Slice(reflectors, width * m), first, columns);
        }

        ScaleBack(r, columns, columns, memory);
    }

    /// <summary>
    /// Writes only R, for a matrix of any shape: min(rows, columns) × columns, row by row, with zeros below its diagonal. A is destroyed. Allocates
    /// nothing.
    /// </summary>
    /// <param name="a">A, rows × columns, row by row. Where it holds a value that is not finite, R is NaN.</param>
    /// <param name="r">R.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="columns">Columns of A and R.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> doubles with undefined content.</param>
    public static void Triangularise(Span<double> a, Span<double> r, int rows, int columns, Span<double> workspace)
    {
        var memory = new ThinQrWorkspace(workspace, rows, columns);
        if (ReduceAll(a, r, rows, columns, memory) >= 0)
        {
            ScaleBack(r, Math.Min(rows, columns), columns, memory);
        }
    }

    // Reduces all panels; returns the length of their reflectors, or −1 where A is not finite.
    private static int ReduceAll(Span<double> a, Span<double> r, int rows, int columns, in ThinQrWorkspace memory)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        int rank = Math.Min(rows, columns);
        a = a[..(rows * columns)];
        r = r[..(rank * columns)];
        if (!Scale(a, memory.Scale))
        {
            r.Fill(double.NaN);
            return -1;
        }

        r.Clear();
        int reflectors = 0;
        for (int first = 0; first < rank; first += PanelColumns)
        {
            int width = Math.Min(PanelColumns, rank - first), m = rows - first;
            Span<double> panel = memory.Reflectors.Slice(reflectors, width * m);
            Reduce(a, r, memory, panel, first, width, columns);
            reflectors += panel.Length;
        }

        return reflectors;
    }

    private static void ScaleBack(Span<double> r, int rows, int columns, in ThinQrWorkspace memory)
    {
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = r.Slice(i * columns, columns)[i..];
            TensorPrimitives.Divide(row, memory.Scale[i..], row);
            TensorPrimitives.Multiply(row, memory.Sign[i], row);
        }
    }

    /// <summary>
    /// Reduces a panel of b columns of the remaining m × n part of A, which is stored contiguously at the start of <paramref name="a"/>. Its
    /// reflections become the rows of <paramref name="panel"/>, b rows of R are complete, and the (m − b) × (n − b) rest is stored in the same way.
    /// </summary>
    private static void Reduce(
        Span<double> a, Span<double> r, in ThinQrWorkspace memory, Span<double> panel, int first, int width, int columns)
    {
        int n = columns - first, m = panel.Length / width, rest = n - width;
        Transposition.Copy(a, n, panel, m, m, width);
        Span<double> tau = memory.Tau[..width], diagonal = memory.Diagonal[..width];
        HouseholderPanel.Factor(panel, tau, diagonal);
        for (int j = 0; j < width; j++)
        {
            int column = first + j;
            for (int i = 0; i < j; i++)
            {
                r[((first + i) * columns) + column] = panel[(j * m) + i];
            }

            r[(column * columns) + column] = diagonal[j];
            memory.Sign[column] = diagonal[j] < 0 ? -1 : 1;
            panel.Slice(j * m, j).Clear();
        }

        Span<double> v = memory.PanelByRows[..panel.Length];
        Transposition.Copy(panel, m, v, width, width, m);
        Span<double> gram = memory.Gram[..(width * width)], triangle = memory.Triangle(first)[..(width * width)];
        MatrixProduct.Multiply(panel, v, gram, width, m, width);
        HouseholderPanel.Triangle(gram, tau, triangle);
        if (rest == 0)
        {
            return;
        }

        for (int i = 0; i < m; i++)
        {
            a.Slice((i * n) + width, rest).CopyTo(a.Slice(i * rest, rest));
        }

        // Computes C − V Tᵀ (Vᵀ C).
        Span<double> image = memory.Image[..(width * rest)], small = memory.SmallImage[..(width * rest)];
        MatrixProduct.Multiply(panel, a[..(m * rest)], image, width, m, rest);
        Transposition.Copy(triangle, width, gram, width, width, width);
        MatrixProduct.Multiply(gram, image, small, width, width, rest);
        for (int start = 0; start < m; start += ChunkRows)
        {
            int count = Math.Min(ChunkRows, m - start);
            MatrixProduct.Multiply(v.Slice(start * width, count * width), small, memory.Chunk, count, width, rest);
            for (int i = start; i < start + count; i++)
            {
                Span<double> target = i < width ? r.Slice(((first + i) * columns) + first + width, rest) : a.Slice((i - width) * rest, rest);
                TensorPrimitives.Subtract(a.Slice(i * rest, rest), memory.Chunk.Slice((i - start) * rest, rest), target);
            }
        }
    }

    /// <summary>
    /// The reverse of <see cref="Reduce"/>: computes the m × n part of Q from the (m − b) × (n − b) part that the later panels gave, which is stored
    /// contiguously at the start of <paramref name="a"/>.
    /// </summary>
    private static void Expand(Span<double> a, in ThinQrWorkspace memory, ReadOnlySpan<double> panel, int first, int columns)
    {
        int n = columns - first, width = Math.Min(PanelColumns, n), m = panel.Length / width, rest = n - width;
        Span<double> v = memory.PanelByRows[..panel.Length], image = memory.Image[..(width * n)];
        Transposition.Copy(panel, m, v, width, width, m);

        // Computes Vᵀ·[S 0; 0 Q], where S holds the signs that make diag R positive.
        if (rest > 0)
        {
            Span<double> lower = memory.PanelBelow[..(width * (m - width))], later = memory.SmallImage[..(width * rest)];
            for (int j = 0; j < width; j++)
            {
                panel.Slice((j * m) + width, m - width).CopyTo(lower[(j * (m - width))..]);
            }

            MatrixProduct.Multiply(lower, a[..((m - width) * rest)], later, width, m - width, rest);
            for (int j = 0; j < width; j++)
            {
                later.Slice(j * rest, rest).CopyTo(image[((j * n) + width)..]);
            }
        }

        ReadOnlySpan<double> sign = memory.Sign.Slice(first, width);
        for (int j = 0; j < width; j++)
        {
            TensorPrimitives.Multiply(panel.Slice(j * m, width), sign, image[(j * n)..]);
        }

        Span<double> small = memory.SmallImage[..(width * n)];
        MatrixProduct.Multiply(memory.Triangle(first)[..(width * width)], image, small, width, width, n);

        // Starts at the last row, because each row moves to a later place.
        for (int end = m; end > 0; end -= ChunkRows)
        {
            int start = Math.Max(0, end - ChunkRows);
            MatrixProduct.Multiply(v[(start * width)..(end * width)], small, memory.Chunk, end - start, width, n);
            for (int i = end - 1; i >= start; i--)
            {
                ReadOnlySpan<double> change = memory.Chunk.Slice((i - start) * n, n);
                Span<double> row = a.Slice(i * n, n);
                if (i < width)
                {
                    TensorPrimitives.Negate(change, row);
                    row[i] += sign[i];
                }
                else
                {
                    TensorPrimitives.Subtract(a.Slice((i - width) * rest, rest), change[width..], row[width..]);
                    TensorPrimitives.Negate(change[..width], row);
                }
            }
        }
    }

    /// <summary>Scales each column to a largest magnitude near 1 by a power of two, written to <paramref name="scale"/>; false where A is not finite.</summary>
    private static bool Scale(Span<double> a, Span<double> scale)
    {
        scale.Clear();
        for (int start = 0; start < a.Length; start += scale.Length)
        {
            TensorPrimitives.MaxMagnitude(a.Slice(start, scale.Length), scale, scale);
        }

        foreach (ref double factor in scale)
        {
            if (!double.IsFinite(factor))
            {
                return false;
            }

            // Both the factor and its inverse are normal doubles.
            factor = factor == 0 ? 1 : Math.ScaleB(1, -Math.Clamp(Math.ILogB(factor), -1000, 1000));
        }

        for (int start = 0; start < a.Length; start += scale.Length)
        {
            Span<double> row = a.Slice(start, scale.Length);
            TensorPrimitives.Multiply(row, scale, row);
        }

        return true;
    }
}
