using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest absolute eigenvalue of a square matrix. The matrix is first split into the strongly connected components of its graph,
/// which is a permutation to block triangular form: triangular and nilpotent matrices, of which rounding would make something else,
/// come out exactly. A block that is one cycle has a closed form; any other is balanced (Parlett &amp; Reinsch 1969) and its eigenvalues
/// are computed by the QR algorithm, which is exact to rounding times the condition of the eigenvalue: all digits for anything drawn, but few
/// for a dense matrix close to a defective one.
/// </summary>
public static class SpectralRadius
{
    /// <summary>ρ(A) of an n × n matrix; 0 if and only if A is nilpotent by its pattern of zeros, or numerically zero.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">The eigenvalue iteration did not converge.</exception>
    public static double Of(LinearAlgebra.Matrix a)
    {
        double radius = 0;
        foreach (int[] component in StronglyConnectedComponents.Of(a))
        {
            radius = Math.Max(radius, component.Length == 1 ? Math.Abs(a[component[0], component[0]]) : OfBlock(a, component));
        }

        return radius;
    }

    private static double OfBlock(LinearAlgebra.Matrix a, int[] indices)
    {
        int n = indices.Length;
        var block = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                block[i, j] = a[indices[i], indices[j]];
            }
        }

        if (CycleMean(block) is { } mean)
        {
            return mean;
        }

        Balance(block);

        // The QR algorithm forms squares: the largest entry goes to 1 by a power of two.
        int exponent = Math.ILogB(block.Cast<double>().Max(Math.Abs));
        Matrix<double> scaled = Matrix<double>.Build.Dense(n, n, (i, j) => Math.ScaleB(block[i, j], -exponent));
        return Math.ScaleB(scaled.Evd().EigenValues.Max(Complex.Abs), exponent);
    }

    /// <summary>
    /// The geometric mean of the weights, where a connected block is one cycle and nothing else; otherwise null. A long cycle of graded
    /// weights is as far from normal as a matrix can be, and beyond what local balancing can mend.
    /// </summary>
    private static double? CycleMean(double[,] block)
    {
        double logSum = 0;
        int entries = 0, n = block.GetLength(0);
        foreach (double value in block)
        {
            if (value != 0)
            {
                entries++;
                logSum += Math.Log(Math.Abs(value));
            }
        }

        return entries == n ? Math.Exp(logSum / n) : null; // connected with n edges: each row has one
    }

    /// <summary>
    /// Scales rows and columns by D⁻¹ A D, D a diagonal of powers of two, until the 1-norms of row i and column i off the diagonal agree to
    /// a factor of two: exact, and it takes away the part of non-normality that is mere scaling.
    /// </summary>
    private static void Balance(double[,] a)
    {
        int n = a.GetLength(0);
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
}
