namespace RnnSweep.Benchmarks.Growth;

/// <summary>Seconds against one size, with all else fixed.</summary>
/// <param name="Title">Of the panel.</param>
/// <param name="Axis">The size that grows.</param>
/// <param name="Expected">The exponent that the operations counted have over the same range.</param>
/// <param name="Fixed">The fixed sizes, in words.</param>
/// <param name="Points">Size and seconds, ascending.</param>
/// <param name="FitFrom">The smallest size of the fit: below it, constant costs matter.</param>
internal sealed record Series(string Title, string Axis, double Expected, string Fixed, (double X, double Y)[] Points, double FitFrom)
{
    /// <summary>The points of the upper range; at least the last two.</summary>
    public (double X, double Y)[] Upper => Points.Count(point => point.X >= FitFrom) >= 2 ? [.. Points.Where(point => point.X >= FitFrom)] : Points[^2..];

    public PowerLaw Fitted => PowerLaw.Fit(Upper);
}
