using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Sigmoid : IActivation
{
    public static double MaximumSlope => 0.25;

    public static double Value(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    public static double Slope(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return e / ((1 + e) * (1 + e));
    }

    public static double LogSlope(double x)
    {
        double a = Math.Abs(x);
        return -a - (2 * SpecialFunctions.Log1p(Math.Exp(-a)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        Vector256<double> a = Vector256.Abs(x);
        Vector256<double> e = Exponential.Of(-a, out _), onePlus = e + Vector256<double>.One;
        Vector256<double> positive = Vector256.GreaterThanOrEqual(x, Vector256<double>.Zero);
        value = Vector256.ConditionalSelect(positive, Vector256<double>.One, e) / onePlus;
        slope = e / (onePlus * onePlus);
        logSlope = -a - (2 * Logarithm.OfOnePlus(e));
    }
}
