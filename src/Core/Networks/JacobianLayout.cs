namespace RnnSweep.Core.Networks;

/// <summary>The layout of Jacobians that a user gives.</summary>
public enum JacobianLayout
{
    /// <summary>Row = output, column = input: J_ij = ∂x_{t,i}/∂x_{t−1,j}.</summary>
    Numerator,

    /// <summary>The transpose, denominator layout: row = input, column = output.</summary>
    Transposed,
}
