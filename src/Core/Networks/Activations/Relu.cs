namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Relu : IActivation
{
    public static double MaximumSlope => 1;

    public static double[] Kinks => [0];

    public static double Value(double x) => Math.Max(0, x);

    public static double Slope(double x) => x > 0 ? 1 : x <= 0 ? 0 : double.NaN;

    public static double LogSlope(double x) => x > 0 ? 0 : x <= 0 ? double.NegativeInfinity : double.NaN;
}
