namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The leading eigenpair of a small symmetric tridiagonal matrix, by implicit QL with Wilkinson's shift (EISPACK's tql2), which carries
/// along only the last row of the eigenvectors: all that a Lanczos iteration needs for its residual.
/// </summary>
internal static class TridiagonalEigenvalue
{
    private const int MaximumSweeps = 100;

    /// <summary>The largest eigenvalue, and the last component of its unit eigenvector.</summary>
    /// <param name="diagonal">k values.</param>
    /// <param name="offDiagonal">k − 1 values.</param>
    public static (double Value, double LastComponent) Largest(IReadOnlyList<double> diagonal, IReadOnlyList<double> offDiagonal)
    {
        int n = diagonal.Count;
        double[] d = [.. diagonal];
        double[] e = [.. offDiagonal, 0];
        var last = new double[n];
        last[n - 1] = 1;
        for (int first = 0; first < n; first++)
        {
            for (int sweep = 0; ; sweep++)
            {
                int end = first;
                while (end < n - 1 && Math.Abs(e[end]) > 1e-16 * (Math.Abs(d[end]) + Math.Abs(d[end + 1])))
                {
                    end++;
                }

                if (end == first)
                {
                    break;
                }

                if (sweep == MaximumSweeps)
                {
                    throw new MathNet.Numerics.NonConvergenceException();
                }

                Sweep(d, e, last, first, end);
            }
        }

        int leading = Array.IndexOf(d, d.Max());
        return (d[leading], last[leading]);
    }

    private static void Sweep(double[] d, double[] e, double[] last, int first, int end)
    {
        double g = (d[first + 1] - d[first]) / (2 * e[first]);
        double r = double.Hypot(g, 1);
        g = d[end] - d[first] + (e[first] / (g + Math.CopySign(r, g)));
        double sine = 1, cosine = 1, shift = 0;
        for (int i = end - 1; i >= first; i--)
        {
            double f = sine * e[i], b = cosine * e[i];
            r = double.Hypot(f, g);
            e[i + 1] = r;
            if (r == 0)
            {
                d[i + 1] -= shift;
                e[end] = 0;
                return;
            }

            (sine, cosine) = (f / r, g / r);
            g = d[i + 1] - shift;
            r = ((d[i] - g) * sine) + (2 * cosine * b);
            shift = sine * r;
            d[i + 1] = g + shift;
            g = (cosine * r) - b;
            (last[i + 1], last[i]) = ((sine * last[i]) + (cosine * last[i + 1]), (cosine * last[i]) - (sine * last[i + 1]));
        }

        d[first] -= shift;
        e[first] = g;
        e[end] = 0;
    }
}
