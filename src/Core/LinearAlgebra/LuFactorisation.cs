using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// P·A = L·U with partial pivoting, in panels from the left. Each panel updates the rest by one matrix product (Golub &amp; Van Loan, Matrix
/// Computations, § 3.4.8). Only U's diagonal is kept.
/// </summary>
internal static class LuFactorisation
{
    private const int PanelColumns = 32;

    // Rows updated at a time, so that their update is still in the first-level cache.
    private const int ChunkRows = 64;

    /// <summary>U's diagonal of an n × n matrix, in column order, 0 where there is no pivot; overwrites A.</summary>
    public static double[] Pivots(Span<double> a, int n)
    {
        int width = Math.Min(PanelColumns, n);
        var pivots = new double[n];
        var swaps = new int[width];
        double[] panel = new double[n * width], lower = new double[n * width], upper = new double[n * width];
        var chunk = new double[ChunkRows * n];
        for (int first = 0; first < n; first += PanelColumns)
        {
            // The remaining m × m part of A is stored contiguously; a panel is stored by columns.
            int m = n - first, b = Math.Min(PanelColumns, m), rest = m - b;
            Transposition.Copy(a, m, panel, m, m, b);
            FactorPanel(panel.AsSpan(0, b * m), m, swaps, pivots.AsSpan(first, b));
            if (rest == 0)
            {
                break;
            }

            for (int i = 0; i < m; i++)
            {
                a.Slice((i * m) + b, rest).CopyTo(a[(i * rest)..]);
            }

            Transposition.Copy(panel, m, lower, b, b, m);
            Swap(a, rest, swaps.AsSpan(0, b), chunk);
            Solve(lower, a[..(b * rest)], b);
            a[..(b * rest)].CopyTo(upper);
            for (int start = b; start < m; start += ChunkRows)
            {
                int count = Math.Min(ChunkRows, m - start);
                MatrixProduct.Multiply(lower.AsSpan(start * b), upper, chunk, count, b, rest);
                Span<double> block = a.Slice(start * rest, count * rest);
                TensorPrimitives.Subtract(block, chunk.AsSpan(0, block.Length), block);
            }

            a = a[(b * rest)..];
        }

        return pivots;
    }

    // Column by column: swaps the largest entry to the diagonal and divides the entries below by it.
    private static void FactorPanel(Span<double> panel, int m, Span<int> swaps, Span<double> pivots)
    {
        int b = pivots.Length;
        for (int j = 0; j < b; j++)
        {
            Span<double> column = panel.Slice(j * m, m);
            int pivot = swaps[j] = j + TensorPrimitives.IndexOfMaxMagnitude<double>(column[j..]);
            for (int k = 0; k < b; k++)
            {
                (panel[(k * m) + j], panel[(k * m) + pivot]) = (panel[(k * m) + pivot], panel[(k * m) + j]);
            }

            pivots[j] = column[j];
            if (pivots[j] == 0)
            {
                continue; // all entries below are 0 too
            }

            Span<double> below = column[(j + 1)..];
            TensorPrimitives.Divide(below, pivots[j], below);
            for (int k = j + 1; k < b; k++)
            {
                Span<double> later = panel.Slice(k * m, m);
                TensorPrimitives.MultiplyAdd(below, -later[j], later[(j + 1)..], later[(j + 1)..]);
            }
        }
    }

    private static void Swap(Span<double> a, int columns, ReadOnlySpan<int> swaps, Span<double> spare)
    {
        for (int j = 0; j < swaps.Length; j++)
        {
            if (swaps[j] != j)
            {
                Span<double> row = a.Slice(j * columns, columns), other = a.Slice(swaps[j] * columns, columns);
                row.CopyTo(spare);
                other.CopyTo(row);
                spare[..columns].CopyTo(other);
            }
        }
    }

    /// <summary>X := L⁻¹ X, L the unit lower triangle of the first b rows.</summary>
    private static void Solve(ReadOnlySpan<double> lower, Span<double> x, int b)
    {
        int columns = x.Length / b;
        for (int i = 1; i < b; i++)
        {
            Span<double> row = x.Slice(i * columns, columns);
            for (int k = 0; k < i; k++)
            {
                TensorPrimitives.MultiplyAdd(x.Slice(k * columns, columns), -lower[(i * b) + k], row, row);
            }
        }
    }
}
