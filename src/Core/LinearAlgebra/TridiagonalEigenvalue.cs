namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The leading eigenpair of a small symmetric tridiagonal matrix, in time proportional to its order, as a Lanczos iteration needs it for its
/// residual. The value comes from Laguerre's method on the pivots of λ − T, which converges from above monotonically and cubically where all roots
/// are real (Parlett &amp; Reid 1981). The vector comes from a twisted factorisation (Dhillon &amp; Parlett 2004), which computes components as small
/// as a converged residual accurately.
/// </summary>
internal static class TridiagonalEigenvalue
{
    private const int MostSteps = 200;

    /// <summary>The largest eigenvalue, and the magnitude of the last component of its unit eigenvector.</summary>
    /// <param name="diagonal">k values.</param>
    /// <param name="offDiagonal">k − 1 values.</param>
    /// <param name="pivots">Workspace, k values.</param>
    public static (double Value, double LastComponent) Largest(ReadOnlySpan<double> diagonal, ReadOnlySpan<double> offDiagonal, Span<double> pivots)
    {
        double value = Value(diagonal, offDiagonal);
        return (value, LastComponent(value, diagonal, offDiagonal, pivots));
    }

    private static double Value(ReadOnlySpan<double> diagonal, ReadOnlySpan<double> offDiagonal)
    {
        double value = double.NegativeInfinity; // Gershgorin's bound
        int n = diagonal.Length;
        for (int i = 0; i < n; i++)
        {
            double radius = (i == 0 ? 0 : Math.Abs(offDiagonal[i - 1])) + (i == n - 1 ? 0 : Math.Abs(offDiagonal[i]));
            value = Math.Max(value, diagonal[i] + radius);
        }

        for (int step = 0; step < MostSteps; step++)
        {
            double change = Laguerre(value, diagonal, offDiagonal);
            value -= change;
            if (!(change > Math.ScaleB(Math.Abs(value), -52)))
            {
                return value;
            }
        }

        throw new MathNet.Numerics.NonConvergenceException();
    }

    /// <summary>
    /// The amount to subtract from a λ above all eigenvalues: k/(G + √((k − 1)(k H − G²))), G = Σ 1/(λ − λ_i), H = Σ 1/(λ − λ_i)²; 0 where a pivot of
    /// λ − T shows that λ has converged to rounding.
    /// </summary>
    private static double Laguerre(double value, ReadOnlySpan<double> diagonal, ReadOnlySpan<double> offDiagonal)
    {
        double inverse = 0, first = 0, second = 0, g = 0, h = 0;
        for (int i = 0; i < diagonal.Length; i++)
        {
            // The pivot p = λ − d − e²/p₋, and its first two derivatives.
            double e = i == 0 ? 0 : offDiagonal[i - 1], square = e * inverse * e, factor = square * inverse;
            second = factor * (second - (2 * first * first * inverse));
            first = 1 + (factor * first);
            double pivot = value - diagonal[i] - square;
            if (!(pivot > 0))
            {
                return 0;
            }

            inverse = 1 / pivot;
            double ratio = first * inverse;
            g += ratio;
            h += (ratio * ratio) - (second * inverse);
        }

        int n = diagonal.Length;
        return n / (g + Math.Sqrt(Math.Max(0, (n - 1) * ((n * h) - (g * g)))));
    }

    private static double LastComponent(double value, ReadOnlySpan<double> diagonal, ReadOnlySpan<double> offDiagonal, Span<double> pivots)
    {
        // The twist is where the vector is large: where the sum of the pivots from the top and the bottom, minus what both contain, is smallest.
        int n = diagonal.Length, twist = n - 1;
        double floor = Math.Max(Math.ScaleB(Math.Abs(value), -60), 1e-300);
        for (int i = 0; i < n; i++)
        {
            pivots[i] = Pivot(value - diagonal[i], i == 0 ? 0 : offDiagonal[i - 1], i == 0 ? 1 : pivots[i - 1], floor);
        }

        double smallest = double.PositiveInfinity, below = 1;
        for (int i = n - 1; i >= 0; i--)
        {
            below = Pivot(value - diagonal[i], i == n - 1 ? 0 : offDiagonal[i], below, floor);
            double gamma = Math.Abs(pivots[i] + below - (value - diagonal[i]));
            if (gamma < smallest)
            {
                (smallest, twist) = (gamma, i);
            }
        }

        double squares = 1, component = 1;
        for (int i = twist - 1; i >= 0; i--)
        {
            component *= offDiagonal[i] / pivots[i];
            squares += component * component;
        }

        // Below the twist, each quotient needs the pivot from the bottom, which replaces the one from the top.
        for (int i = n - 1; i > twist; i--)
        {
            pivots[i] = Pivot(value - diagonal[i], i == n - 1 ? 0 : offDiagonal[i], i == n - 1 ? 1 : pivots[i + 1], floor);
        }

        component = 1;
        for (int i = twist + 1; i < n; i++)
        {
            component *= offDiagonal[i - 1] / pivots[i];
            squares += component * component;
        }

        return Math.Abs(component) / Math.Sqrt(squares);
    }

    private static double Pivot(double difference, double offDiagonal, double previous, double floor)
    {
        double pivot = difference - (offDiagonal / previous * offDiagonal);
        return Math.Abs(pivot) < floor ? floor : pivot;
    }
}
