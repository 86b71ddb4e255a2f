namespace RnnSweep.Core.Networks;

/// <summary>The per-step matrix that is multiplied over the sequence.</summary>
public enum JacobianForm
{
    /// <summary>J_t = ∂x_t/∂x_{t−1}, numerator layout.</summary>
    Exact,

    /// <summary>Wᵀ diag(φ'(x_{t−1})), as printed by Pascanu, Mikolov &amp; Bengio (2013, § 1.1); pre-activation only. Not a Jacobian in any layout.</summary>
    AsPrinted,
}
