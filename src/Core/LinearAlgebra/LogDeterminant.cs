using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>ln |det A| by LU factorisation. It is finite even where the determinant is beyond the range of a double.</summary>
public static class LogDeterminant
{
    // The entries of a factorisation grow by at most 2^(n−1), in practice by √n (Higham, § 9.3).
    private const int SafeExponent = 900, GrowthExponent = 64;

    /// <summary>
    /// ln |det A| of an n × n matrix; −∞ where A is singular. Singularity by the pattern of zeros, or by antisymmetry at an odd n, is detected
    /// separately, because rounding may hide it in a factorisation.
    /// </summary>
    public static double Of(Matrix a)
    {
        int n = a.Rows;
        if (StructuralRank(a) < n || (n % 2 == 1 && Symmetry.IsAntisymmetric(a)))
        {
            return double.NegativeInfinity; // det A = det(−Aᵀ) = (−1)ⁿ det A
        }

        // Products of very small entries lose digits to underflow; sums of very large ones overflow, which is visible in the result. Scaling those in
        // advance could cost small entries their digits.
        double magnitude = TensorPrimitives.MaxMagnitude<double>(a.Values);
        int exponent = Math.ILogB(magnitude);
        double sum = Scaled(a, exponent < -SafeExponent ? exponent : 0);
        return double.IsFinite(magnitude) && (double.IsNaN(sum) || double.IsPositiveInfinity(sum)) ? Scaled(a, GrowthExponent) : sum;
    }

    /// <summary>ln |det A| computed from A·2^−exponent.</summary>
    private static double Scaled(Matrix a, int exponent)
    {
        int n = a.Rows;
        double[] values = [.. a.Values];
        foreach (int part in (ReadOnlySpan<int>)[exponent / 2, exponent - (exponent / 2)]) // 2^1074 is not a double
        {
            TensorPrimitives.Multiply(values, Math.ScaleB(1, -part), values);
        }

        return SumOfLogs(values, n, n * exponent * Math.Log(2));
    }

    /// <summary>ln |det A| of n × n values of magnitudes not far from 1, row by row, from the factorisation alone; overwrites A.</summary>
    internal static double OfOverwritten(Span<double> a, int n) => SumOfLogs(a, n, 0);

    private static double SumOfLogs(Span<double> a, int n, double sum)
    {
        foreach (double pivot in LuFactorisation.Pivots(a, n))
        {
            sum += Math.Log(Math.Abs(pivot));
        }

        return sum;
    }

    /// <summary>The largest number of non-zero entries with no two in one row or column: a maximum matching, by augmenting paths.</summary>
    internal static int StructuralRank(Matrix a)
    {
        int n = a.Rows;
        if (Enumerable.Range(0, n).All(i => a[i, i] != 0))
        {
            return n; // true of most matrices
        }

        var rowOf = new int[n];
        Array.Fill(rowOf, -1);
        int rank = 0;
        for (int row = 0; row < n; row++)
        {
            if (Augment(row))
            {
                rank++;
            }
        }

        return rank;

        // Searches breadth first from a free row to a free column, then moves every row on the path to the next column.
        bool Augment(int start)
        {
            var cameFrom = new int[n];
            Array.Fill(cameFrom, -1);
            var queue = new Queue<int>([start]);
            while (queue.TryDequeue(out int row))
            {
                for (int column = 0; column < n; column++)
                {
                    if (a[row, column] == 0 || cameFrom[column] >= 0)
                    {
                        continue;
                    }

                    cameFrom[column] = row;
                    if (rowOf[column] >= 0)
                    {
                        queue.Enqueue(rowOf[column]);
                        continue;
                    }

                    for (int free = column; free >= 0;)
                    {
                        int mover = cameFrom[free];
                        int previous = Array.IndexOf(rowOf, mover);
                        rowOf[free] = mover;
                        free = mover == start ? -1 : previous;
                    }

                    return true;
                }
            }

            return false;
        }
    }
}
