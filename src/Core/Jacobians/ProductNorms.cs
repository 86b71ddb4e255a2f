namespace RnnSweep.Core.Jacobians;

/// <summary>How long a Jacobian product makes vectors; −∞ where it makes them 0.</summary>
/// <param name="Log10Spectral">log10 σ_max(P_t).</param>
/// <param name="Log10Frobenius">log10 ‖P_t‖_F.</param>
/// <param name="Log10TransposedImage">log10 ‖P_tᵀ v‖₂ of the vector that was asked for.</param>
internal readonly record struct ProductNorms(double Log10Spectral, double Log10Frobenius, double Log10TransposedImage);
