using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>
/// What the Jacobians of a network have in common: a matrix that stays the same over all steps, and the side of it on which a step's slopes stand.
/// </summary>
/// <param name="Weights">W̃, N × N, packed for products.</param>
/// <param name="SlopesComeFirst">J_t = W̃ diag(φ') where true, diag(φ') W̃ where false.</param>
internal sealed record RecurrentJacobian(PackedMatrix Weights, bool SlopesComeFirst);
