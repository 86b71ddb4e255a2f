namespace RnnSweep.Client.Reports.Drawing;

/// <summary>
/// A diverging colour map from blue over neutral to orange-red, which people with every kind of colour vision can distinguish, interpolated in OKLab (Ottosson
/// 2020), which is perceptually uniform. On a dark page the middle is dark.
/// </summary>
internal static class DivergingColours
{
    /// <summary>Steps on either side of the middle.</summary>
    public const int Steps = 40;

    /// <summary>Number of colours.</summary>
    public const int Count = (2 * Steps) + 1;

    // Lightness, and a and b of OKLab, from the middle outwards.
    private static readonly (double L, double A, double B)[] s_lightCold = [(0.97, 0, 0), (0.80, -0.045, -0.085), (0.56, -0.03, -0.15), (0.33, -0.005, -0.115)];
    private static readonly (double L, double A, double B)[] s_lightWarm = [(0.97, 0, 0), (0.83, 0.065, 0.08), (0.61, 0.155, 0.105), (0.37, 0.12, 0.06)];
    private static readonly (double L, double A, double B)[] s_darkCold = [(0.24, 0, -0.008), (0.40, -0.02, -0.10), (0.62, -0.045, -0.135), (0.87, -0.055, -0.06)];
    private static readonly (double L, double A, double B)[] s_darkWarm = [(0.24, 0, -0.008), (0.43, 0.105, 0.055), (0.66, 0.15, 0.10), (0.90, 0.04, 0.085)];

    /// <summary>The index of the colour for a fraction from −1, the blue end, to 1.</summary>
    public static int Place(double fraction) => Steps + (int)Math.Round(Steps * Math.Clamp(fraction, -1, 1));

    /// <summary>A colour by its index, as <c>#rrggbb</c>.</summary>
    public static string Hex(int place, bool isDark)
    {
        bool isWarm = place >= Steps;
        (double L, double A, double B)[] stops = (isWarm, isDark) switch
        {
            (true, false) => s_lightWarm,
            (true, true) => s_darkWarm,
            (false, false) => s_lightCold,
            (false, true) => s_darkCold,
        };
        double along = Math.Abs(place - Steps) / (double)Steps * (stops.Length - 1);
        int stop = Math.Min((int)along, stops.Length - 2);
        double weight = along - stop;
        return Rgb(
            Mix(stops[stop].L, stops[stop + 1].L), Mix(stops[stop].A, stops[stop + 1].A), Mix(stops[stop].B, stops[stop + 1].B));

        double Mix(double from, double to) => from + (weight * (to - from));
    }

    private static string Rgb(double lightness, double a, double b)
    {
        double l = Cube(lightness + (0.3963377774 * a) + (0.2158037573 * b));
        double m = Cube(lightness - (0.1055613458 * a) - (0.0638541728 * b));
        double s = Cube(lightness - (0.0894841775 * a) - (1.2914855480 * b));
        return
            $"#{Byte((4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s)):x2}{Byte((-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s)):x2}{Byte((-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s)):x2}";

        static double Cube(double value) => value * value * value;

        static int Byte(double linear)
        {
            double value = linear <= 0.0031308 ? 12.92 * linear : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055;
            return (int)Math.Round(255 * Math.Clamp(value, 0, 1));
        }
    }
}
