using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// The last layer of a stack, with the layers below as its input: a step advances the whole stack, and the Jacobian is that of the last layer's state.
/// </summary>
/// <param name="stack">The stack.</param>
internal sealed class UpperLayer(StackedNetwork stack) : INetwork
{
    private readonly GatedNetwork _layer = stack.Layer(stack.Layers - 1);

    /// <inheritdoc/>
    public int HiddenSize => _layer.HiddenSize;

    /// <inheritdoc/>
    public int StateLength => stack.HiddenSize;

    /// <inheritdoc/>
    public int DriveLength => stack.DriveLength;

    /// <inheritdoc/>
    public int SlopeLength => _layer.SlopeLength;

    /// <inheritdoc/>
    public ImmutableArray<GateKind> Gates => _layer.Gates;

    /// <inheritdoc/>
    public int GatedLayers => _layer.GatedLayers;

    /// <inheritdoc/>
    public bool JacobianIsConstant => false;

    /// <inheritdoc/>
    public bool DeterminantIsFree => stack.DeterminantIsFree;

    /// <inheritdoc/>
    public BlockJacobian Jacobian => _layer.Jacobian;

    /// <inheritdoc/>
    public long Bytes => stack.Bytes;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Gate(ReadOnlySpan<double> slopes, int layer, int gate) => _layer.Gate(slopes, gate);

    /// <inheritdoc/>
    public ReadOnlySpan<double> LogKeep(ReadOnlySpan<double> slopes, int layer) => _layer.LogKeep(slopes);

    /// <inheritdoc/>
    public IParameters Parameters(int inputs) => new GatedParameters(stack.Measured(stack.Layers - 1), stack.Layers - 1, inputs);

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => _layer.TransposedJacobian();

    /// <summary>NaN: no bound is known.</summary>
    public double NormBound(double weightsNorm) => double.NaN;

    /// <summary>NaN: no bound is known.</summary>
    public double LogNormBound(double logMaximumSlope) => double.NaN;

    /// <inheritdoc/>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        using PooledSpan memory = new(stack.SlopeLength);
        stack.Advance(state, drive, memory.Values, scratch, out Slopes last);
        memory.Values[^SlopeLength..].CopyTo(slopes);
        return last;
    }

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns) => _layer.MultiplyJacobian(slopes, block, result, columns);

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result) => _layer.MultiplyJacobianTransposed(slopes, vector, result);

    /// <inheritdoc/>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step) => ((INetwork)_layer).LogDeterminant(slopes, step);
}
