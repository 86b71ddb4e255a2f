using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Erf : IActivation
{
    private static readonly double s_logMaximumSlope = Math.Log(MaximumSlope);

    public static double MaximumSlope => Constants.TwoInvSqrtPi;

    public static double Value(double x) => SpecialFunctions.Erf(x);

    // The rounding error of x², up to x² ulp of the exponential, is corrected by a factor.
    public static double Slope(double x)
    {
        double square = x * x;
        double lost = square < 800 ? Math.FusedMultiplyAdd(x, x, -square) : 0; // beyond, the slope is 0
        return MaximumSlope * Math.Exp(-square) * (1 - lost);
    }

    public static double LogSlope(double x) => s_logMaximumSlope - (x * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        Vector256<double> square = x * x;
        Vector256<double> lost = Vector256.FusedMultiplyAdd(x, x, -square);
        lost = Vector256.ConditionalSelect(Vector256.LessThan(square, Vector256.Create(800.0)), lost, Vector256<double>.Zero);
        Vector256<double> e = Exponential.Of(-square, out _);
        e -= e * lost;
        value = ErrorFunction.Of(x, square, e);
        slope = MaximumSlope * e;
        logSlope = Vector256.Create(s_logMaximumSlope) - square;
    }
}
