using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>x_t = W φ(x_{t−1}) + W_in u_t + b (Pascanu, Mikolov &amp; Bengio 2013, eq. 2), so J_t = W diag(φ'(x_{t−1})).</summary>
/// <param name="weights">W.</param>
/// <param name="jacobianWeights">The matrix to the left of the slopes: W, or Wᵀ for the printed form.</param>
/// <param name="activation">φ.</param>
internal sealed class PreActivationNetwork(Matrix weights, Matrix jacobianWeights, Activation activation)
    : RecurrentNetwork(weights, jacobianWeights, activation, slopesComeFirst: true)
{
    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        Slopes result = Evaluate(state, scratch, slopes);
        ApplyWeights(scratch, state);
        TensorPrimitives.Add(state, drive, state);
        return result;
    }

    private protected override bool AdvanceTogether(ColumnPanels columns, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        step = Evaluate(state, scratch, slopes);
        bool isApplied = HasPlainSlopes(slopes, step);
        if (isApplied)
        {
            columns.ScaleRows(slopes, columns.Values);
            ApplyWeights(scratch, state, columns);
            columns.Swap();
        }
        else
        {
            ApplyWeights(scratch, state);
        }

        TensorPrimitives.Add(state, drive, state);
        return isApplied;
    }

    public override void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        ScaleRows(slopes, block, columns);
        MatrixProduct.Multiply(JacobianWeights.Values, block, result, HiddenSize, HiddenSize, columns);
    }

    public override void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        MatrixVector.MultiplyTransposed(JacobianWeights.Values, vector, result);
        TensorPrimitives.Multiply(result, slopes, result);
    }

    internal override double[] ArgumentOfActivation(ReadOnlySpan<double> state, ReadOnlySpan<double> drive) => state.ToArray();
}
