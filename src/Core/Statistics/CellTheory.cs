namespace RnnSweep.Core.Statistics;

/// <summary>Theoretical values of a cell, in the units of the measured columns: sums over exponents are N times the values of the theory.</summary>
/// <param name="LyapunovMax">λ_1, nats per step (<see cref="MeanField.LyapunovMax"/>).</param>
/// <param name="UnstableFraction">The fraction of exponents above 0 (<see cref="LyapunovSpectrum.UnstableFraction"/>).</param>
/// <param name="EntropyRate">The sum of the positive exponents, nats per step: N <see cref="LyapunovSpectrum.EntropyRate"/>.</param>
/// <param name="KaplanYorkeDimension">The dimension of the attractor: N <see cref="LyapunovSpectrum.KaplanYorkeDimension"/>.</param>
public sealed record CellTheory(double LyapunovMax, double UnstableFraction, double EntropyRate, double KaplanYorkeDimension)
{
    /// <summary>The values of a cell without a theory: NaN.</summary>
    public static CellTheory Unknown { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN);
}
