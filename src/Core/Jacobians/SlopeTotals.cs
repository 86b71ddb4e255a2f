using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>Sums over the slopes of the steps so far.</summary>
/// <param name="Sum">Σ_t Σ_i φ'.</param>
/// <param name="LogSum">Σ_t Σ_i ln φ'.</param>
/// <param name="LogBoundSum">Σ_t of ln of the bound on ‖J_t‖₂, beyond what all steps have in common: of ln max_i φ' where that is ‖W‖₂.</param>
/// <param name="LogDeterminantSum">Σ_t ln |det J_t|, beyond what all steps have in common: Σ_t Σ_i ln φ' where that is ln |det W|.</param>
public readonly record struct SlopeTotals(double Sum, double LogSum, double LogBoundSum, double LogDeterminantSum)
{
    /// <summary>With one step more.</summary>
    public SlopeTotals Plus(Slopes step, double logBound, double logDeterminant) =>
        new(Sum + step.Sum, LogSum + step.LogSum, LogBoundSum + logBound, LogDeterminantSum + logDeterminant);
}
