using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Hardtanh : IActivation
{
    public static double MaximumSlope => 1;

    public static double[] Kinks => [-1, 1];

    public static double Value(double x) => Math.Clamp(x, -1, 1);

    public static double Slope(double x) => Math.Abs(x) < 1 ? 1 : Math.Abs(x) >= 1 ? 0 : double.NaN;

    public static double LogSlope(double x) => Math.Abs(x) < 1 ? 0 : Math.Abs(x) >= 1 ? double.NegativeInfinity : double.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        Vector256<double> one = Vector256<double>.One, zero = Vector256<double>.Zero, a = Vector256.Abs(x);
        Vector256<double> inside = Vector256.LessThan(a, one), outside = Vector256.GreaterThanOrEqual(a, one);
        value = Vector256.ConditionalSelect(outside, Vector256.CopySign(one, x), x);
        slope = Vector256.ConditionalSelect(inside, one, Vector256.ConditionalSelect(outside, zero, x));
        logSlope = Vector256.ConditionalSelect(
            inside, zero, Vector256.ConditionalSelect(outside, Vector256.Create(double.NegativeInfinity), x));
    }
}
