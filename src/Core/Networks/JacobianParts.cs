using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>What the Jacobians of a network with one matrix of weights are made of: (1 − a) I + a W diag(φ'), or (1 − a) I + a diag(φ') W.</summary>
/// <param name="Weights">W without any power of two taken out, or Wᵀ for the form as printed.</param>
/// <param name="SlopesComeFirst">W diag(φ') where true, diag(φ') W where false.</param>
/// <param name="Leak">a, 1 for a network without leak.</param>
/// <param name="LogSlopes">Writes ln φ' of the step from a state with a drive, length N each.</param>
internal sealed record JacobianParts(Matrix Weights, bool SlopesComeFirst, double Leak, LogSlopesOfStep LogSlopes)
{
    // Weights that lie further apart in bits, zeros among them, may hide entries of a product for a while that come to lead later.
    private const double DenseBits = 200;

    /// <summary>Whether W has no entry that is next to nothing beside another: then the largest entry of a column leads at every step in every row.</summary>
    public bool IsDense { get; } = SpreadOf(Weights.Values, zerosCount: true) <= DenseBits;

    /// <summary>How far the magnitudes of values lie apart, in bits; +∞ where one is 0 and zeros count.</summary>
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

/// <summary>Writes ln φ' of the step from a state with a drive.</summary>
internal delegate void LogSlopesOfStep(ReadOnlySpan<double> state, ReadOnlySpan<double> drive, Span<double> logSlopes);
