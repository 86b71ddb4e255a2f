namespace RnnSweep.Core.Jacobians;

/// <summary>The steps whose states the loss L of parameter gradients depends on; g is the random unit vector of the loss gradient.</summary>
public enum LossSteps
{
    /// <summary>L = gᵀ x_T.</summary>
    Last,

    /// <summary>L = Σ_t gᵀ x_t, t = 1 … T.</summary>
    Every,
}
