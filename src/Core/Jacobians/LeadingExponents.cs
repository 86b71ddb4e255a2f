namespace RnnSweep.Core.Jacobians;

/// <summary>The k leading exponents of a trajectory, nats per step, in the order of the frame's columns. NaN where not known.</summary>
/// <param name="Exponents">λ_i = Σ_t ln (R_t)_ii / T; −∞ for exact zeros.</param>
/// <param name="Errors">Bounds of their rounding errors.</param>
/// <param name="Rates">The growth rates over the second half of the steps, with their standard errors.</param>
/// <param name="History">λ_i over the first t steps at every sampled step t (<see cref="ProductGrowth.Samples"/>), k numbers for each.</param>
internal sealed record LeadingExponents(double[] Exponents, double[] Errors, GrowthRate[] Rates, double[] History);
