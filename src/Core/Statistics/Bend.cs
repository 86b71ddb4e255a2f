namespace RnnSweep.Core.Statistics;

/// <summary>A point about which a function changes more quickly than the normal density, in standard deviations.</summary>
/// <param name="Centre">The point: a panel of the quadrature ends there.</param>
/// <param name="Width">The width of the panels next to it; further out they grow as their distance does.</param>
internal readonly record struct Bend(double Centre, double Width);
