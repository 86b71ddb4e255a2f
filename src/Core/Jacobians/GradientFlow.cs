namespace RnnSweep.Core.Jacobians;

/// <summary>A loss gradient propagated back from step T to the start.</summary>
/// <param name="Omega">
/// ω: the mean over t of (‖J_tᵀ g_t‖ / ‖g_t‖ − 1)² (Pascanu, Mikolov &amp; Bengio 2013, eq. 9). NaN where some g_t is 0.
/// </param>
/// <param name="Log10Norm">log10 ‖P_Tᵀ g_T‖₂; −∞ where it is 0.</param>
/// <param name="ZeroStep">The last t ≥ 1 with g_t = 0; null where there is none.</param>
internal readonly record struct GradientFlow(double Omega, double Log10Norm, int? ZeroStep);
