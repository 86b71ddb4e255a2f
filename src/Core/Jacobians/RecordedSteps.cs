using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The steps of a network, which record their slopes and the state before. The state has one more element, s, and is 2^s times that of the network: the state of a network without drive may
/// decay to 0, and would leave the range of a double. A step from a state that small is linear in the state to all digits, where 0 is a fixed point, so its scale does not matter.
/// </summary>
internal sealed class RecordedSteps : IStateSteps
{
    // A state below the first is multiplied by the second, and is still so small that its products with weights up to the third are.
    private const double Small = 1e-270, LargestWeight = 1e100;
    private const int ScaleUp = 200;

    private readonly INetwork _network;
    private readonly Drive _drive;
    private readonly int _transient;
    private readonly double[] _stepDrive, _scratch;
    private readonly bool _isScaled;

    /// <param name="network">The network.</param>
    /// <param name="drive">W_in u_t + b of every step.</param>
    /// <param name="transient">Number of steps before x_0.</param>
    public RecordedSteps(INetwork network, Drive drive, int transient)
    {
        (_network, _drive, _transient) = (network, drive, transient);
        (_stepDrive, _scratch) = (new double[network.DriveLength], new double[network.HiddenSize]);
        _isScaled = drive.IsConstant && ZeroIsFixed() && (network.Parts is not { } parts || Math.Abs(TensorPrimitives.MaxMagnitude<double>(parts.Weights.Values)) <= LargestWeight);
    }

    /// <inheritdoc/>
    public int StateLength => _network.StateLength + 1;

    /// <inheritdoc/>
    public int SlopeLength => _network.SlopeLength + StateLength;

    /// <inheritdoc/>
    public void Advance(int index, Span<double> state, Span<double> slopes) => Take(index, state, slopes);

    /// <summary>As <see cref="Advance"/>; the index is negative in the transient.</summary>
    /// <param name="index">t − 1.</param>
    /// <param name="state">The state and s; overwritten.</param>
    /// <param name="recorded">Receives the slopes, and state and s before the step.</param>
    public Slopes Take(int index, Span<double> state, Span<double> recorded)
    {
        Span<double> values = state[..^1];
        if (_isScaled && Math.Abs(TensorPrimitives.MaxMagnitude<double>(values)) is > 0 and < Small)
        {
            TensorPrimitives.Multiply(values, PowerOfTwo.Of(ScaleUp), values);
            state[^1] += ScaleUp;
        }

        state.CopyTo(recorded[_network.SlopeLength..]);
        _drive.Fill((long)_transient + index, _stepDrive);
        return _network.Advance(values, _stepDrive, recorded[.._network.SlopeLength], _scratch);
    }

    private bool ZeroIsFixed()
    {
        var state = new double[_network.StateLength];
        _drive.Fill(0, _stepDrive);
        _network.Advance(state, _stepDrive, new double[_network.SlopeLength], _scratch);
        return !state.AsSpan().ContainsAnyExcept(0);
    }
}
