using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.ElementaryFunctions;

/// <summary>
/// e^y of four numbers at once. All lanes use the same order of operations, so a number gives the same bits in every lane and on every machine.
/// </summary>
internal static class Exponential
{
    // Below this, e^y rounds to 0 and e^y − 1 to −1.
    private const double Lowest = -750;

    // ln 2 in two parts. The last 11 bits of the first are 0, so n times the first is exact for every n that can occur.
    private const double Ln2High = 0.6931471805598903, Ln2Low = 5.497923018708371e-14;

    private const double Log2E = 1.4426950408889634;

    // 1.5 · 2⁵². Adding it to a number below 2⁵¹ rounds the number to an integer in the lowest bits of the sum.
    private const double Rounder = 6755399441055744;

    private const long OneBits = 0x3FF0_0000_0000_0000;

    /// <summary>e^y and e^y − 1 for y ≤ 0, each to about an ulp of itself, denormal results included; NaN for NaN.</summary>
    /// <param name="y">At most 0; −∞ gives 0 and −1.</param>
    /// <param name="minusOne">e^y − 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> y, out Vector256<double> minusOne)
    {
        // y = n ln 2 + r with |r| ≤ ½ ln 2. A comparison, unlike a maximum, passes NaN on: it is false for NaN.
        y = Vector256.ConditionalSelect(Vector256.LessThan(y, Vector256.Create(Lowest)), Vector256.Create(Lowest), y);
        Vector256<double> rounder = Vector256.Create(Rounder);
        Vector256<double> shifted = Vector256.FusedMultiplyAdd(y, Vector256.Create(Log2E), rounder);
        Vector256<double> n = shifted - rounder;
        Vector256<double> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), y);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);

        // 2ⁿ in two factors, because 2ⁿ itself may be below the range. Then only the second multiplication rounds.
        Vector256<double> halfShifted = Vector256.FusedMultiplyAdd(n, Vector256.Create(0.5), rounder);
        Vector256<long> bits = shifted.AsInt64(), half = halfShifted.AsInt64();
        Vector256<double> scale1 = PowerOfTwo(half), scale2 = PowerOfTwo(bits - half);
        Vector256<double> scale = scale1 * scale2;

        Vector256<double> q = Series(r);
        minusOne = Vector256.FusedMultiplyAdd(scale, q, scale - Vector256<double>.One);
        return Vector256.FusedMultiplyAdd(scale1, q, scale1) * scale2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> PowerOfTwo(Vector256<long> n) => (Vector256.ShiftLeft(n, 52) + Vector256.Create(OneBits)).AsDouble();

    // e^r − 1 = r + r²/2! + … + r¹³/13!. The next term is below 2⁻⁵⁶ r at |r| = ½ ln 2. Even and odd powers form two independent dependency chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Series(Vector256<double> r)
    {
        Vector256<double> square = r * r;
        Vector256<double> even = Vector256.Create(1.0 / 479001600), odd = Vector256.Create(1.0 / 6227020800);
        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(1.0 / 3628800));
        odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(1.0 / 39916800));
        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(1.0 / 40320));
        odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(1.0 / 362880));
        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(1.0 / 720));
        odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(1.0 / 5040));
        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(1.0 / 24));
        odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(1.0 / 120));
        even = Vector256.FusedMultiplyAdd(even, square, Vector256.Create(1.0 / 2));
        odd = Vector256.FusedMultiplyAdd(odd, square, Vector256.Create(1.0 / 6));
        return Vector256.FusedMultiplyAdd(square, Vector256.FusedMultiplyAdd(odd, r, even), r);
    }
}
