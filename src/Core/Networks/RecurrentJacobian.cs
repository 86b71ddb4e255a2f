using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>The Jacobian of a weight matrix that is the same at all steps and a step's slopes: J_t = W̃ diag(φ') or diag(φ') W̃.</summary>
/// <remarks>
/// Every step is one scaled product, M ← diag(slopes) · W̃ · M, on whichever side the slopes are. Where they come first, the factor W̃ of each step stays
/// pending until the next step or until the columns are read.
/// </remarks>
/// <param name="weights">W̃, N × N, packed for products.</param>
/// <param name="slopesComeFirst">J_t = W̃ diag(φ') where true, diag(φ') W̃ where false.</param>
internal sealed class RecurrentJacobian(PackedMatrix weights, bool slopesComeFirst) : BlockJacobian(weights.Size, weights.Kernel)
{
    /// <summary>W̃.</summary>
    public PackedMatrix Weights => weights;

    /// <summary>J_t = W̃ diag(φ') where true, diag(φ') W̃ where false.</summary>
    public bool SlopesComeFirst => slopesComeFirst;

    /// <summary>Whether the weights differ so much in size that a zero in a product may be inexact.</summary>
    public bool WeightsLieFarApart { get; init; }

    /// <inheritdoc/>
    public override bool ZerosAreExact => !WeightsLieFarApart;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        slopes.CopyTo(columns.Factors);
        if (slopesComeFirst && !columns.HasPendingFactor)
        {
            columns.ScaleRows(columns.Factors, columns.Values);
            columns.NoteMaxima();
            columns.HasPendingFactor = true;
        }
        else
        {
            Kernel.MultiplyScaled(weights.Values, columns.Values, columns.Spare, columns.Factors, columns.Maxima, Size, columns.Maxima.Length);
            columns.Swap();
        }
    }

    /// <inheritdoc/>
    public override bool KeepsOperand(bool hasPendingFactor) => hasPendingFactor || !slopesComeFirst;

    /// <inheritdoc/>
    public override int RankBound(ReadOnlySpan<double> slopes) => Size - slopes.Count(0);

    /// <inheritdoc/>
    public override double[] Complete(ColumnPanels columns)
    {
        if (!columns.HasPendingFactor)
        {
            return columns.Values;
        }

        var ones = new double[columns.Height];
        Array.Fill(ones, 1, 0, Size);
        Kernel.MultiplyScaled(weights.Values, columns.Values, columns.Spare, ones, new double[columns.Maxima.Length], Size, columns.Maxima.Length);
        return columns.Spare;
    }
}
