using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>Sums over the slopes of the steps so far.</summary>
/// <param name="Sum">Σ_t Σ_i φ'.</param>
/// <param name="LogSum">Σ_t Σ_i ln φ'.</param>
/// <param name="LogMaximumSum">Σ_t ln max_i φ'.</param>
public readonly record struct SlopeTotals(double Sum, double LogSum, double LogMaximumSum)
{
    /// <summary>With one step more.</summary>
    public SlopeTotals Plus(Slopes step) => new(Sum + step.Sum, LogSum + step.LogSum, LogMaximumSum + step.LogMaximum);
}
