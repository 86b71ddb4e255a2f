using MathNet.Numerics;

namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Softplus : IActivation
{
    public static double MaximumSlope => 1;

    public static double Value(double x) => Math.Max(0, x) + SpecialFunctions.Log1p(Math.Exp(-Math.Abs(x)));

    public static double Slope(double x) => Sigmoid.Value(x);

    public static double LogSlope(double x) => Math.Min(0, x) - SpecialFunctions.Log1p(Math.Exp(-Math.Abs(x)));
}
