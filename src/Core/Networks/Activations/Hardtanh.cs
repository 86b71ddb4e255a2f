namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Hardtanh : IActivation
{
    public static double MaximumSlope => 1;

    public static double[] Kinks => [-1, 1];

    public static double Value(double x) => Math.Clamp(x, -1, 1);

    public static double Slope(double x) => Math.Abs(x) < 1 ? 1 : Math.Abs(x) >= 1 ? 0 : double.NaN;

    public static double LogSlope(double x) => Math.Abs(x) < 1 ? 0 : Math.Abs(x) >= 1 ? double.NegativeInfinity : double.NaN;
}
