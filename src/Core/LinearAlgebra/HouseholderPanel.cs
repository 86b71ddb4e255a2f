using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Householder reflections of a panel of few columns, H = I − τ v vᵀ with v_j = 1 (LAPACK's dlarfg, dgeqr2 and dlarft). The panel is stored
/// transposed, so that columns are contiguous.
/// </summary>
internal static class HouseholderPanel
{
    // Below this norm, squares lose digits to underflow.
    private const double SafeNorm = 1e-140;

    /// <summary>
    /// Reduces the columns one after the other. Row j of <paramref name="panel"/> then holds R's entries before index j and the reflector from there
    /// on; entry j, j of R goes to <paramref name="diagonal"/>.
    /// </summary>
    /// <param name="panel">b columns of length m ≥ b, each a row, of magnitudes not far above 1.</param>
    /// <param name="tau">τ, length b; 0 where there is no reflection.</param>
    /// <param name="diagonal">Length b, of either sign.</param>
    public static void Factor(Span<double> panel, Span<double> tau, Span<double> diagonal)
    {
        int width = tau.Length, length = panel.Length / width;
        for (int j = 0; j < width; j++)
        {
            Span<double> reflector = panel.Slice(j * length, length)[j..];
            (tau[j], diagonal[j]) = Reflector(reflector);
            if (tau[j] != 0 && j + 1 < width)
            {
                Apply(reflector, tau[j], panel[(((j + 1) * length) + j)..], length, width - j - 1);
            }
        }
    }

    /// <summary>T of H_1 ⋯ H_b = I − V T Vᵀ, upper triangular, from VᵀV and τ.</summary>
    public static void Triangle(ReadOnlySpan<double> gram, ReadOnlySpan<double> tau, Span<double> triangle)
    {
        int width = tau.Length;
        triangle.Clear();
        for (int j = 0; j < width; j++)
        {
            triangle[(j * width) + j] = tau[j];
            for (int i = 0; i < j; i++)
            {
                double sum = 0;
                for (int k = i; k < j; k++)
                {
                    sum += triangle[(i * width) + k] * gram[(k * width) + j];
                }

                triangle[(i * width) + j] = -tau[j] * sum;
            }
        }
    }

    /// <summary>Overwrites x with v, v_0 = 1, such that (I − τ v vᵀ) x = (β, 0, …, 0)ᵀ.</summary>
    private static (double Tau, double Beta) Reflector(Span<double> x)
    {
        Span<double> tail = x[1..];
        double alpha = x[0], factor = 1;
        x[0] = 1;
        double magnitude = tail.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude<double>(tail));
        if (magnitude == 0)
        {
            return (0, alpha);
        }

        magnitude = Math.Max(magnitude, Math.Abs(alpha));
        if (magnitude < SafeNorm)
        {
            // Scales in two steps, because 2^1074 is not a double. Only β is scaled back, since v and τ do not depend on the scale.
            int exponent = Math.ILogB(magnitude);
            foreach (int part in (ReadOnlySpan<int>)[exponent / 2, exponent - (exponent / 2)])
            {
                alpha = Math.ScaleB(alpha, -part);
                TensorPrimitives.Multiply(tail, Math.ScaleB(1, -part), tail);
            }

            factor = Math.ScaleB(1, exponent);
        }

        double beta = -Math.CopySign(Math.Sqrt((alpha * alpha) + TensorPrimitives.SumOfSquares<double>(tail)), alpha);
        TensorPrimitives.Divide(tail, alpha - beta, tail);
        return ((beta - alpha) / beta, beta * factor);
    }

    /// <summary>c := (I − τ v vᵀ) c for some columns, four at a time.</summary>
    private static void Apply(ReadOnlySpan<double> v, double tau, Span<double> c, int stride, int count)
    {
        int k = 0;
        for (; k + 4 <= count; k += 4)
        {
            Span<double> four = c[(k * stride)..];
            (double t0, double t1, double t2, double t3) = FourRows.Dots(four, stride, v);
            FourRows.Add(four, stride, v, (-tau * t0, -tau * t1, -tau * t2, -tau * t3));
        }

        for (; k < count; k++)
        {
            Span<double> column = c.Slice(k * stride, v.Length);
            TensorPrimitives.MultiplyAdd(v, -tau * TensorPrimitives.Dot(v, column), column, column);
        }
    }
}
