using MathNet.Numerics.LinearAlgebra;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>ln |det A| by LU factorisation, which stays finite where the determinant itself is beyond the range of a double.</summary>
public static class LogDeterminant
{
    /// <summary>
    /// ln |det A| of an n × n matrix; −∞ where A is singular, in particular wherever its pattern of zeros alone makes it so, which the
    /// rounding of a factorisation might hide.
    /// </summary>
    public static double Of(LinearAlgebra.Matrix a)
    {
        int n = a.Rows;
        if (StructuralRank(a) < n)
        {
            return double.NegativeInfinity;
        }

        Matrix<double> upper = Matrix<double>.Build.Dense(n, n, (i, j) => a[i, j]).LU().U;
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += Math.Log(Math.Abs(upper[i, i]));
        }

        return sum;
    }

    /// <summary>The largest number of entries ≠ 0 with no two in one row or column: a maximum matching, by augmenting paths.</summary>
    internal static int StructuralRank(LinearAlgebra.Matrix a)
    {
        int n = a.Rows;
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

        // Breadth first from a free row to a free column; then every row on the way moves to the column it came by.
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
