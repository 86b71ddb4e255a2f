namespace RnnSweep.Benchmarks.Growth;

/// <summary>y = factor · x^exponent, fitted by least squares in logarithms.</summary>
internal sealed record PowerLaw(double Exponent, double Factor)
{
    public double At(double x) => Factor * Math.Pow(x, Exponent);

    public static PowerLaw Fit(IReadOnlyCollection<(double X, double Y)> points)
    {
        double meanX = points.Average(point => Math.Log(point.X)), meanY = points.Average(point => Math.Log(point.Y));
        double exponent = points.Sum(point => (Math.Log(point.X) - meanX) * (Math.Log(point.Y) - meanY))
            / points.Sum(point => Math.Pow(Math.Log(point.X) - meanX, 2));
        return new PowerLaw(exponent, Math.Exp(meanY - (exponent * meanX)));
    }
}
