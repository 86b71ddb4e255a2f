namespace RnnSweep.Core.Networks.Activations;

internal readonly struct Linear : IActivation
{
    public static double MaximumSlope => 1;

    public static bool SlopeIsConstant => true;

    public static double Value(double x) => x;

    public static double Slope(double x) => 1;

    public static double LogSlope(double x) => 0;
}
