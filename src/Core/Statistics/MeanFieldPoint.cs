namespace RnnSweep.Core.Statistics;

/// <summary>
/// A fixed point of the variance of a network's state in mean field (<see cref="MeanField"/>). Stability is that of the variance, not of the
/// state: at a stable point q &gt; 0 with χ &gt; 1 the size of the state is settled while states that start side by side part – chaos. At
/// q = 0 the two are one, as dq'/dq = χ there: where the origin is stable the state dies out, and gradients with it.
/// </summary>
/// <param name="Variance">q, the variance of a component of the state about the bias.</param>
/// <param name="LyapunovMax">λ_1 = ½ ln χ, nats per step; −∞ where every slope is 0.</param>
/// <param name="IsStable">Whether |dq'/dq| &lt; 1: a small deviation of the variance shrinks by a factor every step.</param>
public sealed record MeanFieldPoint(double Variance, double LyapunovMax, bool IsStable)
{
    /// <summary>χ = ρ² E[φ'(√q z + bias)²], by which the squared length of a gradient grows a step.</summary>
    public double GradientGrowth => Math.Exp(2 * LyapunovMax);
}
