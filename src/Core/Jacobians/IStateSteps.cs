using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>The steps of a state, which can be run again from any state.</summary>
internal interface IStateSteps
{
    /// <summary>Length of the state.</summary>
    int StateLength { get; }

    /// <summary>Length of the slopes of a step.</summary>
    int SlopeLength { get; }

    /// <summary>Overwrites x_{t−1} with x_t and writes the slopes of the step.</summary>
    /// <param name="index">t − 1, from 0.</param>
    /// <param name="state">The state.</param>
    /// <param name="slopes">Receives the slopes.</param>
    void Advance(int index, Span<double> state, Span<double> slopes);
}

/// <summary>The steps of a network after its transient.</summary>
/// <param name="network">The network.</param>
/// <param name="drive">W_in u_t + b of every step.</param>
/// <param name="transient">Number of steps before x_0.</param>
internal sealed class NetworkSteps(INetwork network, Drive drive, int transient) : IStateSteps
{
    private double[]? _drive, _scratch;

    /// <inheritdoc/>
    public int StateLength => network.StateLength;

    /// <inheritdoc/>
    public int SlopeLength => network.SlopeLength;

    /// <inheritdoc/>
    public void Advance(int index, Span<double> state, Span<double> slopes)
    {
        _drive ??= new double[network.DriveLength];
        _scratch ??= new double[network.HiddenSize];
        drive.Fill((long)transient + index, _drive);
        network.Advance(state, _drive, slopes, _scratch);
    }
}
