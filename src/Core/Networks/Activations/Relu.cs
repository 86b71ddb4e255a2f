using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Relu : IActivation
{
    public static double MaximumSlope => 1;

    public static bool IsHomogeneous => true;

    public static double[] Kinks => [0];

    public static double Value(double x) => Math.Max(0, x);

    public static double Slope(double x) => x > 0 ? 1 : x <= 0 ? 0 : double.NaN;

    public static double LogSlope(double x) => x > 0 ? 0 : x <= 0 ? double.NegativeInfinity : double.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        // NaN is neither above 0 nor at most 0, and is passed on.
        Vector256<double> zero = Vector256<double>.Zero, above = Vector256.GreaterThan(x, zero), below = Vector256.LessThanOrEqual(x, zero);
        value = Vector256.ConditionalSelect(below, zero, x);
        slope = Vector256.ConditionalSelect(above, Vector256<double>.One, value);
        logSlope = Vector256.ConditionalSelect(
            above, zero, Vector256.ConditionalSelect(below, Vector256.Create(double.NegativeInfinity), x));
    }
}
