using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// a_t = W h_{t−1} + W_in u_t + b, h_t = φ(a_t) (Elman; Goodfellow, Bengio &amp; Courville, Deep Learning, ch. 10), so
/// J_t = diag(φ'(a_t)) W.
/// </summary>
/// <param name="weights">W.</param>
/// <param name="activation">φ.</param>
internal sealed class PostActivationNetwork(Matrix weights, Activation activation) : RecurrentNetwork(weights, weights, activation, slopesComeFirst: false)
{
    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        ApplyWeights(state, scratch);
        TensorPrimitives.Add(scratch, drive, scratch);
        return Evaluate(scratch, state, slopes);
    }

    private protected override bool AdvanceTogether(ColumnPanels columns, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        ApplyWeights(state, scratch, columns);
        TensorPrimitives.Add(scratch, drive, scratch);
        step = Evaluate(scratch, state, slopes);
        bool isApplied = HasPlainSlopes(slopes, step);
        if (isApplied)
        {
            columns.Swap();
            columns.ScaleRows(slopes, columns.Values);
        }

        columns.NoteMaxima();
        return isApplied;
    }

    public override void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        MatrixProduct.Multiply(JacobianWeights.Values, block, result, HiddenSize, HiddenSize, columns);
        ScaleRows(slopes, result, columns);
    }

    public override void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result)
    {
        TensorPrimitives.Multiply(vector, slopes, vector);
        MatrixVector.MultiplyTransposed(JacobianWeights.Values, vector, result);
    }

    internal override double[] ArgumentOfActivation(ReadOnlySpan<double> state, ReadOnlySpan<double> drive)
    {
        var argument = new double[HiddenSize];
        ApplyWeights(state, argument);
        TensorPrimitives.Add(argument, drive, argument);
        return argument;
    }
}
