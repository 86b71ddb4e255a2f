using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Softplus : IActivation
{
    public static double MaximumSlope => 1;

    public static double Value(double x) => Math.Max(0, x) + SpecialFunctions.Log1p(Math.Exp(-Math.Abs(x)));

    public static double Slope(double x) => Sigmoid.Value(x);

    public static double LogSlope(double x) => Math.Min(0, x) - SpecialFunctions.Log1p(Math.Exp(-Math.Abs(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        Vector256<double> zero = Vector256<double>.Zero, positive = Vector256.GreaterThanOrEqual(x, zero);
        Vector256<double> e = Exponential.Of(-Vector256.Abs(x), out _), log = Logarithm.OfOnePlus(e);
        value = Vector256.ConditionalSelect(positive, x, zero) + log;
        slope = Vector256.ConditionalSelect(positive, Vector256<double>.One, e) / (e + Vector256<double>.One);
        logSlope = Vector256.ConditionalSelect(positive, zero, x) - log;
    }
}
