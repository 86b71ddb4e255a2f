using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// A recurrent network as its gradients see it: a step of the state, and the step's Jacobian as something that is applied to a
/// block of vectors. What a step leaves behind for its Jacobian is one vector, the slopes, of whatever length; the Jacobian itself need never be
/// formed. A network needs to say no more than how a step goes and how its Jacobian is applied; where it knows a faster way, it says that too.
/// Implementations hold no state and may be shared between threads.
/// </summary>
internal interface INetwork
{
    /// <summary>Length N of the state.</summary>
    int HiddenSize { get; }

    /// <summary>Length of the slopes.</summary>
    int SlopeLength => HiddenSize;

    /// <summary>Whether the Jacobian is the same at every state.</summary>
    bool JacobianIsConstant { get; }

    /// <summary>Its Jacobians as they are applied to columns in panels.</summary>
    BlockJacobian Jacobian { get; }

    /// <summary>The transposes of its Jacobians as they are applied to columns in panels; made anew at each call.</summary>
    BlockJacobian TransposedJacobian() => new TransposedAppliedJacobian(this);

    /// <summary>Bytes held.</summary>
    long Bytes { get; }

    /// <summary>A bound on ‖J_t‖₂ at any state, from ‖W‖₂: γ ‖W‖₂ with γ = sup |φ'|, where J_t is W and a diagonal.</summary>
    double NormBound(double weightsNorm);

    /// <summary>
    /// One step: x_{t−1} in <paramref name="state"/> becomes x_t, and <paramref name="slopes"/> receives what J_t needs.
    /// </summary>
    /// <param name="state">Length N, overwritten.</param>
    /// <param name="drive">W_in u_t + b, length N.</param>
    /// <param name="slopes">Length <see cref="SlopeLength"/>, overwritten; the Jacobian made with them lacks the power of two that is returned.</param>
    /// <param name="scratch">Length N, overwritten.</param>
    Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch);

    /// <summary>
    /// <paramref name="result"/> = J_t · <paramref name="block"/> without the slopes' power of two.
    /// </summary>
    /// <param name="slopes">Of the step.</param>
    /// <param name="block">N × columns, row by row; overwritten.</param>
    /// <param name="result">N × columns, row by row; overwritten.</param>
    /// <param name="columns">Number of vectors in the block.</param>
    void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns);

    /// <summary><paramref name="result"/> = J_tᵀ · <paramref name="vector"/> without the slopes' power of two; length N each, vector overwritten.</summary>
    void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result);

    /// <summary>Whether a slope may be exactly 0; where none may, a slope that is written as 0 is one below the range of a double.</summary>
    bool SlopesCanBeZero => true;

    /// <summary>What the Jacobians are made of; null where they are not W and a diagonal.</summary>
    JacobianParts? Parts => null;

    /// <summary>Whether <see cref="LogDeterminant"/> costs nothing, so that it need not be remembered.</summary>
    bool DeterminantIsFree => false;

    /// <summary>
    /// ln |det J_t| beyond what all steps have in common: Σ ln φ' where J_t is W and a diagonal, and ln |det W| is what they have in common. In general
    /// nothing is in common, and the Jacobian is formed and factored: (2/3) N³ operations and a product of full width.
    /// </summary>
    /// <param name="slopes">Of the step.</param>
    /// <param name="step">What <see cref="Advance"/> returned with them.</param>
    double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        int n = HiddenSize;
        var jacobian = new Matrix(n, n);
        MultiplyJacobian(slopes, Matrix.Identity(n).Values, jacobian.Values, n);
        return LinearAlgebra.LogDeterminant.Of(jacobian) + (n * step.Exponent * Math.Log(2));
    }

    /// <summary>ln of a bound on ‖J_t‖₂ beyond what all steps have in common, from ln max φ' of the step.</summary>
    double LogNormBound(double logMaximumSlope);
}
