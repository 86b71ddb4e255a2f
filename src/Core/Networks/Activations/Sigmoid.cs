using MathNet.Numerics;

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
}
