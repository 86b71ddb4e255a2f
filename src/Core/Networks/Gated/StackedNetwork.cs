using System.Collections.Immutable;
using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// Layers of one kind as one network: the input of each layer above the first is the new hidden state of the layer below. The state holds the layers' states in their order, so the
/// Jacobian is block lower triangular. With J_l and D_l the derivatives of the state of layer l with respect to its old state and to the drive of its blocks, and E_l the rows of h_l,
/// the rows of layer l are J_l on its own state plus D_l W_ih,l E_{l−1} times the rows of layer l − 1.
/// </summary>
internal sealed class StackedNetwork : INetwork
{
    private readonly LayerAbove[] _above;

    /// <param name="first">The first layer.</param>
    /// <param name="above">The other layers, from below.</param>
    public StackedNetwork(GatedNetwork first, LayerAbove[] above)
    {
        (First, _above) = (first, above);
        Jacobian = new StackedJacobian(this, isTransposed: false);
    }

    /// <summary>The first layer.</summary>
    public GatedNetwork First { get; }

    /// <summary>Number of layers.</summary>
    public int Layers => 1 + _above.Length;

    /// <inheritdoc/>
    public int HiddenSize => Layers * First.HiddenSize;

    /// <inheritdoc/>
    public int DriveLength => First.DriveLength;

    /// <inheritdoc/>
    public int SlopeLength => Layers * First.SlopeLength;

    /// <inheritdoc/>
    public ImmutableArray<GateKind> Gates => First.Gates;

    /// <inheritdoc/>
    public int GatedLayers => Gates.IsEmpty ? 0 : Layers;

    /// <inheritdoc/>
    public bool JacobianIsConstant => false;

    /// <inheritdoc/>
    public bool DeterminantIsFree => ((INetwork)First).DeterminantIsFree;

    /// <inheritdoc/>
    public BlockJacobian Jacobian { get; }

    /// <inheritdoc/>
    public long Bytes => First.Bytes + _above.Sum(above => above.Network.Bytes + (2L * sizeof(double) * above.InputWeights.Values.Length));

    /// <summary>The layers from one on, for their parameters.</summary>
    public ImmutableArray<MeasuredLayer> Measured(int first) =>
        [.. Enumerable.Range(first, Layers - first).Select(layer => new MeasuredLayer(Layer(layer), layer == 0 ? null : _above[layer - 1]))];

    /// <inheritdoc/>
    public IParameters Parameters(int inputs) => new GatedParameters(Measured(0), 0, inputs);

    /// <summary>A layer, from 0.</summary>
    public GatedNetwork Layer(int layer) => layer == 0 ? First : _above[layer - 1].Network;

    /// <summary>The slopes of a layer.</summary>
    public ReadOnlySpan<double> SlopesOf(int layer, ReadOnlySpan<double> slopes) => slopes.Slice(layer * First.SlopeLength, First.SlopeLength);

    /// <inheritdoc/>
    public ReadOnlySpan<double> Gate(ReadOnlySpan<double> slopes, int layer, int gate) => Layer(layer).Gate(SlopesOf(layer, slopes), gate);

    /// <inheritdoc/>
    public ReadOnlySpan<double> LogKeep(ReadOnlySpan<double> slopes, int layer) => Layer(layer).LogKeep(SlopesOf(layer, slopes));

    /// <inheritdoc/>
    public BlockJacobian TransposedJacobian() => new StackedJacobian(this, isTransposed: true);

    /// <summary>NaN: no bound is known.</summary>
    public double NormBound(double weightsNorm) => double.NaN;

    /// <summary>NaN: no bound is known.</summary>
    public double LogNormBound(double logMaximumSlope) => double.NaN;

    /// <inheritdoc/>
    /// <remarks>The sum of the layers' logarithms that cost nothing is the step's.</remarks>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch) => Advance(state, drive, slopes, scratch, out _);

    /// <summary>A step, with what the step of the last layer returned.</summary>
    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes last)
    {
        int size = First.HiddenSize, width = First.SlopeLength;
        last = First.Advance(state[..size], drive, slopes[..width], scratch);
        double logSum = last.LogSum;
        using PooledSpan memory = new(DriveLength);
        for (int layer = 1; layer < Layers; layer++)
        {
            LayerAbove above = _above[layer - 1];
            MatrixVector.MultiplyTransposed(above.TransposedInputWeights.Values, state.Slice((layer - 1) * size, First.Units), memory.Values);
            TensorPrimitives.Add(memory.Values, above.Bias, memory.Values);
            last = above.Network.Advance(state.Slice(layer * size, size), memory.Values, slopes.Slice(layer * width, width), scratch);
            logSum += last.LogSum;
        }

        return new Slopes(0, 0, logSum, 0);
    }

    /// <inheritdoc/>
    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        int size = First.HiddenSize * columns;
        using PooledSpan drive = new(DriveLength * columns);
        for (int layer = 0; layer < Layers; layer++)
        {
            ReadOnlySpan<double> own = SlopesOf(layer, slopes);
            Span<double> rows = result.Slice(layer * size, size);
            Layer(layer).MultiplyJacobian(own, block.Slice(layer * size, size), rows, columns);
            if (layer > 0)
            {
                LayerAbove above = _above[layer - 1];
                MatrixProduct.Multiply(above.InputWeights.Values, result.Slice((layer - 1) * size, First.Units * columns), drive.Values, DriveLength, First.Units, columns);
                above.Network.AddDriveJacobian(own, drive.Values, rows, columns);
            }
        }
    }

    /// <inheritdoc/>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result) => MultiplyJacobianTransposed(slopes, vector, result, 1);

    /// <summary>As <see cref="MultiplyJacobian"/>, for the transposed Jacobian.</summary>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        int size = First.HiddenSize * columns;
        using PooledSpan drive = new(DriveLength * columns), hidden = new(First.Units * columns);
        for (int layer = Layers - 1; layer >= 0; layer--)
        {
            ReadOnlySpan<double> own = SlopesOf(layer, slopes);
            Span<double> rows = block.Slice(layer * size, size);
            if (layer > 0)
            {
                // What reaches the new hidden state of the layer below through this one.
                LayerAbove above = _above[layer - 1];
                above.Network.MultiplyDriveJacobianTransposed(own, rows, drive.Values, columns);
                MatrixProduct.Multiply(above.TransposedInputWeights.Values, drive.Values, hidden.Values, First.Units, DriveLength, columns);
                Span<double> below = block.Slice((layer - 1) * size, hidden.Values.Length);
                TensorPrimitives.Add(below, hidden.Values, below);
            }

            Layer(layer).MultiplyJacobianTransposed(own, rows, result.Slice(layer * size, size), columns);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The Jacobian is block lower triangular, so its determinant is the product of the layers' own.</remarks>
    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        if (DeterminantIsFree)
        {
            return step.LogSum;
        }

        double sum = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            sum += ((INetwork)Layer(layer)).LogDeterminant(SlopesOf(layer, slopes), step);
        }

        return sum;
    }
}

/// <summary>A layer above the first of a stack.</summary>
/// <param name="Network">The layer.</param>
/// <param name="InputWeights">Its weight_ih, G·N × N.</param>
/// <param name="Bias">What its drive has beside the input, length G·N.</param>
internal sealed record LayerAbove(GatedNetwork Network, Matrix InputWeights, double[] Bias)
{
    /// <summary>Its weight_ih, G·N × N.</summary>
    public Matrix InputWeights { get; } = GatedNetwork.InRange(InputWeights);

    /// <summary>N × G·N.</summary>
    public Matrix TransposedInputWeights { get; } = InputWeights.Transpose();
}
