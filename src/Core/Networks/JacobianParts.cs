using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>The parts of the Jacobians of a network with one weight matrix: (1 − a) I + a W diag(φ'), or (1 − a) I + a diag(φ') W.</summary>
/// <param name="Weights">W without scaling by a power of two, or Wᵀ for the printed form.</param>
/// <param name="SlopesComeFirst">W diag(φ') where true, diag(φ') W where false.</param>
/// <param name="Leak">a, 1 for a network without leak.</param>
/// <param name="LogSlopes">Writes ln φ' of the step from a state and a drive, length N each.</param>
internal sealed record JacobianParts(Matrix Weights, bool SlopesComeFirst, double Leak, LogSlopesOfStep LogSlopes)
{
    // Weights that differ by more bits, zeros included, may suppress entries of a product that dominate later.
    private const double DenseBits = 200;

    /// <summary>Whether all weights are of similar size, so that the largest entry of a column dominates every row at every step.</summary>
    public bool IsDense { get; } = SpreadOf(Weights.Values, zerosCount: true) <= DenseBits;

    /// <summary>Ratio of the largest to the smallest magnitude, in bits; +∞ where a value is 0 and zeros count.</summary>
    public static double SpreadOf(ReadOnlySpan<double> values, bool zerosCount)
    {
        double smallest = double.PositiveInfinity, largest = 0;
        foreach (double value in values)
        {
            double magnitude = Math.Abs(value);
            smallest = magnitude != 0 || zerosCount ? Math.Min(smallest, magnitude) : smallest;
            largest = Math.Max(largest, magnitude);
        }

        return largest == 0 ? 0 : Math.Log2(largest) - Math.Log2(smallest);
    }
}

/// <summary>Writes ln φ' of the step from a state and a drive.</summary>
internal delegate void LogSlopesOfStep(ReadOnlySpan<double> state, ReadOnlySpan<double> drive, Span<double> logSlopes);
