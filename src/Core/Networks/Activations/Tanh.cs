using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Tanh : IActivation
{
    public static double MaximumSlope => 1;

    public static double Value(double x) => Math.Tanh(x);

    // sech² x from e = exp(−2|x|) keeps all digits for small slopes, unlike 1 − tanh².
    public static double Slope(double x)
    {
        double e = Math.Exp(-2 * Math.Abs(x));
        return 4 * e / ((1 + e) * (1 + e));
    }

    // Near 0 the slope is 1 − x², whose logarithm needs log1p; further out, ln 4 − 2|x| − 2 ln(1 + e) is accurate.
    public static double LogSlope(double x)
    {
        double a = Math.Abs(x);
        if (a < 0.5)
        {
            double t = Math.Tanh(a);
            return SpecialFunctions.Log1p(-t * t);
        }

        return (2 * (Constants.Ln2 - a)) - (2 * SpecialFunctions.Log1p(Math.Exp(-2 * a)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope)
    {
        Vector256<double> a = Vector256.Abs(x), small = Vector256.LessThan(a, Vector256.Create(0.5));
        Vector256<double> e = Exponential.Of(a * -2, out Vector256<double> minusOne), onePlus = e + Vector256<double>.One;
        Vector256<double> t = -minusOne / onePlus;
        value = Vector256.CopySign(t, x);

        // Near 0 from 1 − t² and its logarithm, elsewhere by the formulas of the scalar functions.
        slope = Vector256.ConditionalSelect(small, Vector256.FusedMultiplyAdd(-t, t, Vector256<double>.One), 4 * e / (onePlus * onePlus));
        Vector256<double> log = Logarithm.OfOnePlusSmall(Vector256.ConditionalSelect(small, -t * t, e));
        logSlope = Vector256.ConditionalSelect(small, log, 2 * (Vector256.Create(Constants.Ln2) - a - log));
    }
}
