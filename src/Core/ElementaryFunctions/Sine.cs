using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.ElementaryFunctions;

/// <summary>
/// sin πx of four numbers at once. All lanes use the same order of operations, so a number gives the same bits in every lane and on every machine.
/// </summary>
internal static class Sine
{
    /// <summary>sin πx for 0 ≤ x ≤ ½, to about an ulp of itself; undefined for other x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> OfPiTimes(Vector256<double> x)
    {
        // Above ¼ the cosine of the complement, which ½ − x gives without rounding.
        Vector256<double> isHigh = Vector256.GreaterThan(x, Vector256.Create(0.25));
        Vector256<double> y = Vector256.ConditionalSelect(isHigh, Vector256.Create(0.5) - x, x) * Math.PI, square = y * y;
        return Vector256.ConditionalSelect(isHigh, CosineSeries(square), Vector256.FusedMultiplyAdd(y * square, SineSeries(square), y));
    }

    // (sin y − y)/y³ = −1/3! + y²/5! − … + y¹⁴/17!. The next term is below 2⁻⁶² of sin y at y = π/4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> SineSeries(Vector256<double> square)
    {
        Vector256<double> sum = Vector256.Create(1.0 / 355687428096000);
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 1307674368000));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 6227020800));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 39916800));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 362880));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 5040));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 120));
        return Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 6));
    }

    // cos y = 1 − y²/2! + … + y¹⁶/16!. The next term is below 2⁻⁵⁸ at y = π/4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> CosineSeries(Vector256<double> square)
    {
        Vector256<double> sum = Vector256.Create(1.0 / 20922789888000);
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 87178291200));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 479001600));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 3628800));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 40320));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-1.0 / 720));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.0 / 24));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-0.5));
        return Vector256.FusedMultiplyAdd(sum, square, Vector256<double>.One);
    }
}
