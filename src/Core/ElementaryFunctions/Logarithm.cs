using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.ElementaryFunctions;

/// <summary>
/// Logarithms of four numbers at once. All lanes use the same order of operations, so a number gives the same bits in every lane and on every
/// machine.
/// </summary>
internal static class Logarithm
{
    private const double Ln2High = 0.6931471805598903, Ln2Low = 5.497923018708371e-14;

    private const double Ln2 = 0.69314718055994531;

    private const double Sqrt2 = 1.4142135623730951;

    // The bits of 2⁵². With an integer below 2⁵² in the lowest bits, they are the double 2⁵² plus that integer.
    private const long IntegerBits = 0x4330_0000_0000_0000;

    // 1.5 · 2⁵². An integer added to its bits is added to the number, as long as it is below 2⁵¹.
    private const double Centre = 6755399441055744;

    /// <summary>ln x for normal x &gt; 0, to about an ulp; undefined for other x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> x)
    {
        // x = 2ⁿ m with √½ ≤ m < √2, so that n is 0 near 1 and nothing cancels.
        Vector256<long> offset = Vector256.Create(BitConverter.DoubleToInt64Bits(Sqrt2 / 2));
        Vector256<long> distance = x.AsInt64() - offset + Vector256.Create(1023L << 52);
        Vector256<long> biased = Vector256.ShiftRightLogical(distance, 52);
        Vector256<double> n = (biased | Vector256.Create(IntegerBits)).AsDouble() - Vector256.Create(4503599627370496.0 + 1023);
        Vector256<long> mantissa = x.AsInt64() - Vector256.ShiftLeft(biased - Vector256.Create(1023L), 52);
        Vector256<double> z = mantissa.AsDouble() - Vector256<double>.One;
        Vector256<double> low = Vector256.FusedMultiplyAdd(n, Vector256.Create(Ln2Low), -ZMinusLogOnePlus(z));
        return Vector256.FusedMultiplyAdd(n, Vector256.Create(Ln2High), z + low);
    }

    /// <summary>m of x = 2ⁿ m with 1 ≤ m &lt; 2, for normal x &gt; 0; undefined for other x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Mantissa(Vector256<double> x) =>
        ((x.AsInt64() & Vector256.Create((1L << 52) - 1)) | Vector256.Create(1023L << 52)).AsDouble();

    /// <summary>n of the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Exponent(Vector256<double> x) => Vector256.ShiftRightLogical(x.AsInt64(), 52) - Vector256.Create(1023L);

    /// <summary>ln(2ⁿ x) for normal x &gt; 0 and |n| &lt; 2⁵¹, to about an ulp; undefined for other x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> x, Vector256<long> n)
    {
        Vector256<double> power = (n + Vector256.Create(Centre).AsInt64()).AsDouble() - Vector256.Create(Centre);
        return Vector256.FusedMultiplyAdd(power, Vector256.Create(Ln2High), Vector256.FusedMultiplyAdd(power, Vector256.Create(Ln2Low), Of(x)));
    }

    /// <summary>ln(1 + z) for 0 ≤ z ≤ 1, to about an ulp; NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> OfOnePlus(Vector256<double> z)
    {
        // Above √2 − 1, ln(1 + z) = ln 2 + ln((1 + z)/2).
        Vector256<double> halve = Vector256.GreaterThan(z, Vector256.Create(Sqrt2 - 1));
        Vector256<double> near = Vector256.ConditionalSelect(halve, (z - Vector256<double>.One) * 0.5, z);
        return OfOnePlusSmall(near) + Vector256.BitwiseAnd(halve.AsDouble(), Vector256.Create(Ln2));
    }

    /// <summary>ln(1 + z) for √½ − 1 ≤ z ≤ √2 − 1, to about an ulp of itself; NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> OfOnePlusSmall(Vector256<double> z) => z - ZMinusLogOnePlus(z);

    // z − ln(1 + z) in the same range. With s = z/(2 + z), ln(1 + z) = 2 artanh s = 2s + s R, R = 2 (s²/3 + s⁴/5 + …). As 2s = z − z²/2 + s z²/2, the
    // large part z cancels exactly. The sum ends at s²⁰: the next term is below 2⁻⁵⁹ at the ends, |s| = 0.1716.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> ZMinusLogOnePlus(Vector256<double> z)
    {
        Vector256<double> s = z / (z + Vector256.Create(2.0)), square = s * s, fourth = square * square;
        Vector256<double> even = Vector256.Create(2.0 / 21), odd = Vector256.Create(2.0 / 19);
        even = Vector256.FusedMultiplyAdd(even, fourth, Vector256.Create(2.0 / 17));
        odd = Vector256.FusedMultiplyAdd(odd, fourth, Vector256.Create(2.0 / 15));
        even = Vector256.FusedMultiplyAdd(even, fourth, Vector256.Create(2.0 / 13));
        odd = Vector256.FusedMultiplyAdd(odd, fourth, Vector256.Create(2.0 / 11));
        even = Vector256.FusedMultiplyAdd(even, fourth, Vector256.Create(2.0 / 9));
        odd = Vector256.FusedMultiplyAdd(odd, fourth, Vector256.Create(2.0 / 7));
        even = Vector256.FusedMultiplyAdd(even, fourth, Vector256.Create(2.0 / 5));
        odd = Vector256.FusedMultiplyAdd(odd, fourth, Vector256.Create(2.0 / 3));
        Vector256<double> rest = square * Vector256.FusedMultiplyAdd(even, square, odd);
        Vector256<double> halfSquare = z * z * 0.5;
        return halfSquare - (s * (halfSquare + rest));
    }
}
