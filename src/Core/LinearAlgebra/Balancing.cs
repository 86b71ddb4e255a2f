using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// D⁻¹ A D with D a diagonal of powers of two, such that the 1-norms of row i and column i off the diagonal agree to a factor of two (Parlett &amp;
/// Reinsch 1969). It is exact and removes the non-normality that comes only from scaling.
/// </summary>
internal static class Balancing
{
    /// <summary>Balances an n × n matrix in place.</summary>
    public static void Apply(Matrix a)
    {
        int n = a.Rows;
        if (IsBalanced(a))
        {
            return;
        }

        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = 0; i < n; i++)
            {
                double column = 0, row = 0;
                for (int j = 0; j < n; j++)
                {
                    if (j != i)
                    {
                        column += Math.Abs(a[j, i]);
                        row += Math.Abs(a[i, j]);
                    }
                }

                if (column == 0 || row == 0)
                {
                    continue;
                }

                int exponent = (int)Math.Round((Math.Log2(row) - Math.Log2(column)) / 2);
                double factor = Math.ScaleB(1, exponent);
                if ((column * factor) + (row / factor) < 0.95 * (column + row))
                {
                    changed = true;
                    for (int j = 0; j < n; j++)
                    {
                        a[j, i] *= factor;
                        a[i, j] /= factor;
                    }
                }
            }
        }
    }

    // Computes all sums at once, row by row. Where all agree within a factor of 1.9, as for independent random entries, no row needs balancing.
    private static bool IsBalanced(Matrix a)
    {
        var columns = new double[a.Rows];
        var magnitudes = new double[a.Rows];
        var rows = new double[a.Rows];
        for (int i = 0; i < a.Rows; i++)
        {
            TensorPrimitives.Abs(a.Row(i), magnitudes);
            magnitudes[i] = 0;
            rows[i] = TensorPrimitives.Sum<double>(magnitudes);
            TensorPrimitives.Add(columns, magnitudes, columns);
        }

        for (int i = 0; i < a.Rows; i++)
        {
            if (!(rows[i] < 1.9 * columns[i] && columns[i] < 1.9 * rows[i]))
            {
                return false;
            }
        }

        return true;
    }
}
