namespace RnnSweep.Core.Statistics;

/// <summary>
/// A fixed point of the variance of a network's state in mean field (<see cref="MeanField"/>). Stability refers to the variance, not to the state: at
/// a stable point q &gt; 0 with χ &gt; 1 the variance is constant while nearby states diverge (chaos). At q = 0 both are the same, as dq'/dq = χ
/// there: where the origin is stable, state and gradients decay.
/// </summary>
/// <param name="Variance">q, the variance of a component of the state about the bias.</param>
/// <param name="LyapunovMax">
/// λ_1 = ½ ln χ, nats per step, where χ = ρ² E[φ'(√q z + bias)²] is the growth factor per step of a gradient's squared length; −∞ where every slope is 0.
/// </param>
/// <param name="IsStable">Whether |dq'/dq| &lt; 1: a small deviation of the variance shrinks by a factor every step.</param>
public sealed record MeanFieldPoint(double Variance, double LyapunovMax, bool IsStable);
