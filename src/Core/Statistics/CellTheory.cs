namespace RnnSweep.Core.Statistics;

/// <summary>What theory says of a cell; NaN where it says nothing.</summary>
/// <param name="LyapunovMax">λ_1, nats per step.</param>
/// <param name="UnstableFraction">The share of exponents above 0.</param>
/// <param name="EntropyRate">Σ of the exponents above 0, nats per step.</param>
/// <param name="KaplanYorkeDimension">The dimension of Kaplan and Yorke.</param>
public readonly record struct CellTheory(double LyapunovMax, double UnstableFraction, double EntropyRate, double KaplanYorkeDimension)
{
    /// <summary>No theory is known.</summary>
    public static CellTheory Unknown { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN);
}
