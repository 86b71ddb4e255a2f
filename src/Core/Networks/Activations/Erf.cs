using MathNet.Numerics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Erf : IActivation
{
    private static readonly double s_logMaximumSlope = Math.Log(MaximumSlope);

    public static double MaximumSlope => Constants.TwoInvSqrtPi;

    public static double Value(double x) => SpecialFunctions.Erf(x);

    // The rounding of x² would be one of x² ulp in its exponential: what it leaves out is put back as a factor.
    public static double Slope(double x)
    {
        double square = x * x;
        double lost = square < 800 ? Math.FusedMultiplyAdd(x, x, -square) : 0; // beyond, the slope is 0
        return MaximumSlope * Math.Exp(-square) * (1 - lost);
    }

    public static double LogSlope(double x) => s_logMaximumSlope - (x * x);
}
