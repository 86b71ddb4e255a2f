using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>Sums over the slopes of the steps so far.</summary>
/// <param name="Sum">Σ_t Σ_i φ'.</param>
/// <param name="LogSum">Σ_t Σ_i ln φ'.</param>
/// <param name="LogBoundSum">Σ_t ln of the bound on ‖J_t‖₂ without the factor that is the same at all steps: Σ_t ln max_i φ' where that factor is
/// ‖W‖₂.</param>
/// <param name="LogDeterminantSum">Σ_t ln |det J_t| without the part that is the same at all steps: Σ_t Σ_i ln φ' where that is ln |det W|.</param>
public readonly record struct SlopeTotals(double Sum, double LogSum, double LogBoundSum, double LogDeterminantSum)
{
    /// <summary>The sums after one more step.</summary>
    public SlopeTotals Plus(Slopes step, double logBound, double logDeterminant) =>
        new(Sum + step.Sum, LogSum + step.LogSum, LogBoundSum + logBound, LogDeterminantSum + logDeterminant);
}
