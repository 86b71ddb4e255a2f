using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Linear : IActivation
{
    public static double MaximumSlope => 1;

    public static bool SlopeIsConstant => true;

    public static bool IsHomogeneous => true;

    public static double Value(double x) => x;

    public static double Slope(double x) => 1;

    public static double LogSlope(double x) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        value = x;
        slope = Vector256<double>.One;
        logSlope = Vector256<double>.Zero;
    }
}
