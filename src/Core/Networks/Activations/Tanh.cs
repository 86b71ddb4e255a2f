using MathNet.Numerics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Tanh : IActivation
{
    public static double MaximumSlope => 1;

    public static double Value(double x) => Math.Tanh(x);

    // sech² x by e = exp(−2|x|): unlike 1 − tanh², no digit is lost as the slope falls.
    public static double Slope(double x)
    {
        double e = Math.Exp(-2 * Math.Abs(x));
        return 4 * e / ((1 + e) * (1 + e));
    }

    // Near 0 the slope is 1 − x², whose logarithm only log1p sees; further out ln 4 − 2|x| − 2 ln(1 + e) loses nothing.
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
}
