namespace RnnSweep.Core.Statistics;

/// <summary>A point near which a function varies faster than the normal density, in standard deviations.</summary>
/// <param name="Centre">The point, at which a panel of the quadrature ends.</param>
/// <param name="Width">The width of the adjacent panels. The width of panels further out grows with their distance.</param>
internal readonly record struct Bend(double Centre, double Width);
