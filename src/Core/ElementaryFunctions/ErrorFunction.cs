using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.ElementaryFunctions;

/// <summary>
/// erf of four numbers at once, to a few ulp. The polynomials interpolate at the Chebyshev nodes of their intervals. Their coefficients were computed
/// with 60 digits and start with the highest power.
/// </summary>
internal static class ErrorFunction
{
    // erf √s / √s on 0 ≤ s ≤ 1; error at most 1e-17.
    private static readonly double[] s_near =
    [
        5.957176147748911e-11, -1.1372848856791674e-09, 1.4659775274047436e-08, -1.6350312701054695e-07, 1.6461000484121368e-06,
        -1.4925595266831182e-05, 0.0001205533111164271, -0.000854832698083379, 0.0052239776248180145, -0.026866170645076792,
        0.11283791670954879, -0.3761263890318375, 1.1283791670955126,
    ];

    // e^a² erfc a on 1 ≤ a ≤ 6, in u = 14.4/(a + 3) − 2.6, which runs from 1 to −1; error at most 2e-17.
    private static readonly double[] s_far =
    [
        -1.6799777159311457e-13, -4.468786282795809e-15, 6.716060821011204e-12, -6.030100178315267e-12, -2.5809703293704675e-10,
        2.6378817019432074e-10, 1.1340261055840323e-08, 4.526722197970927e-09, -5.541277438329464e-07, -2.4255574811020284e-06,
        1.956358330834969e-05, 0.00033160296057845436, 0.0024793146970724187, 0.012713147695691995, 0.0496984454033948,
        0.15436117429436919, 0.20798329133342885,
    ];

    /// <summary>erf x, for any x; NaN for NaN.</summary>
    /// <param name="x">x.</param>
    /// <param name="square">x².</param>
    /// <param name="exponential">e^−x², to about an ulp.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> x, Vector256<double> square, Vector256<double> exponential)
    {
        // Above 6, erf rounds to 1. The limit keeps u in the polynomial's interval.
        Vector256<double> a = Vector256.Abs(x);
        a = Vector256.ConditionalSelect(Vector256.GreaterThan(a, Vector256.Create(6.0)), Vector256.Create(6.0), a);
        Vector256<double> u = (Vector256.Create(14.4) / (a + Vector256.Create(3.0))) - Vector256.Create(2.6);
        Vector256<double> far = Vector256.FusedMultiplyAdd(-exponential, Polynomial(s_far, u), Vector256<double>.One);
        Vector256<double> near = Polynomial(s_near, square) * x;
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256<double>.One), near, Vector256.CopySign(far, x));
    }

    // Even and odd powers form two independent dependency chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Polynomial(double[] coefficients, Vector256<double> x)
    {
        Vector256<double> square = x * x, even = Vector256.Create(coefficients[0]), odd = Vector256.Create(coefficients[1]);
        for (int i = 2; i + 1 < coefficients.Length; i += 2)
        {
            even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(coefficients[i]));
            odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(coefficients[i + 1]));
        }

        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(coefficients[^1]));
        return Vector256.FusedMultiplyAdd(odd, x, even);
    }
}
