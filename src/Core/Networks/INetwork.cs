using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// A recurrent network as its gradients see it: a step of the state, and the step's Jacobian as something that is applied to a
/// block of vectors. What a step leaves behind for its Jacobian is one vector, the slopes; the Jacobian itself need never be formed.
/// Implementations hold no state and may be shared between threads.
/// </summary>
internal interface INetwork
{
    /// <summary>Length N of the state.</summary>
    int HiddenSize { get; }

    /// <summary>Whether the Jacobian is the same at every state.</summary>
    bool JacobianIsConstant { get; }

    /// <summary>What its Jacobians have in common.</summary>
    RecurrentJacobian Jacobian { get; }

    /// <summary>What its Jacobians' transposes have in common; made anew at each call.</summary>
    RecurrentJacobian TransposedJacobian();

    /// <summary>Bytes held.</summary>
    long Bytes { get; }

    /// <summary>γ = sup |φ'|.</summary>
    double MaximumSlope { get; }

    /// <summary>
    /// One step: x_{t−1} in <paramref name="state"/> becomes x_t, and <paramref name="slopes"/> receives what J_t needs.
    /// </summary>
    /// <param name="state">Length N, overwritten.</param>
    /// <param name="drive">W_in u_t + b, length N.</param>
    /// <param name="slopes">Length N, overwritten; the Jacobian made with them lacks the power of two that is returned.</param>
    /// <param name="scratch">Length N, overwritten.</param>
    Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch);

    /// <summary>
    /// <paramref name="result"/> = J_t · <paramref name="block"/> without the slopes' power of two.
    /// </summary>
    /// <param name="slopes">Of the step, length N.</param>
    /// <param name="block">N × columns, row by row; overwritten.</param>
    /// <param name="result">N × columns, row by row; overwritten.</param>
    /// <param name="columns">Number of vectors in the block.</param>
    void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns);

    /// <summary><paramref name="result"/> = J_tᵀ · <paramref name="vector"/> without the slopes' power of two; length N each, vector overwritten.</summary>
    void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result);
}
