using System.Numerics.Tensors;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// One network running with the frame of its leading exponents, without the product of its Jacobians: 2 N² (k + 1) operations a step. The states are those of <see cref="Trajectory"/>, bit
/// for bit. A reading at a step does not depend on earlier readings.
/// </summary>
internal sealed class LeadingTrajectory
{
    private readonly Drive _drive;
    private readonly int _transient;
    private readonly double[] _state, _stepDrive, _slopes, _scratch;
    private int _transientDone;
    private bool _stateIsKnown = true, _hasBegun;

    /// <summary>Creates a trajectory at step 0, before its transient.</summary>
    /// <param name="network">The network.</param>
    /// <param name="drive">W_in u_t + b of every step.</param>
    /// <param name="start">The state before the transient; not copied.</param>
    /// <param name="transient">Number of steps that are run before x_0, over which the frame converges.</param>
    /// <param name="count">k.</param>
    public LeadingTrajectory(INetwork network, Drive drive, double[] start, int transient, int count)
    {
        (Network, _drive, _state, _transient) = (network, drive, start, transient);
        (_stepDrive, _slopes, _scratch) = (new double[network.DriveLength], new double[network.SlopeLength], new double[network.HiddenSize]);
        Frame = new LeadingFrame(network, count);
        Gates = network.GatedLayers > 0 ? new GateTotals(network) : null;
        NoteOverflow(-transient);
    }

    /// <summary>The network.</summary>
    public INetwork Network { get; }

    /// <summary>The frame. It stops at the first step whose Jacobian is not known.</summary>
    public LeadingFrame Frame { get; }

    /// <summary>The current step t.</summary>
    public int Step { get; private set; }

    /// <summary>x_t; not finite from <see cref="OverflowStep"/> on.</summary>
    public ReadOnlySpan<double> State => _state;

    /// <summary>Sums over the slopes of steps 1 to t, without determinants and bounds.</summary>
    public SlopeTotals Totals { get; private set; }

    /// <summary>Sums over the gates of steps 1 to t; null where the network has none.</summary>
    public GateTotals? Gates { get; }

    /// <summary>The first step whose state is not finite, negative in the transient; null where there is none.</summary>
    public int? OverflowStep { get; private set; }

    /// <summary>Whether every Jacobian up to the current step is known.</summary>
    public bool IsKnown { get; private set; } = true;

    /// <summary>Bytes held.</summary>
    public long Bytes => Network.Bytes + Frame.Bytes + (Gates?.Bytes ?? 0) + _drive.Bytes + (sizeof(double) * (long)(_state.Length + _slopes.Length));

    /// <summary>Advances to a step that is not before the current one.</summary>
    /// <exception cref="OperationCanceledException">Cancelled. The trajectory is at an intermediate step and can continue.</exception>
    public void AdvanceTo(int step, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, Step);
        for (; _transientDone < _transient && (_stateIsKnown || Network.JacobianIsConstant); _transientDone++)
        {
            cancellation.ThrowIfCancellationRequested();
            Slopes settled = AdvanceState(_transientDone, out bool isApplied);
            if (!isApplied && HasJacobian(settled))
            {
                Apply(settled);
            }
        }

        if (!_hasBegun)
        {
            Frame.Begin();
            _hasBegun = true;
        }

        while (Step < step)
        {
            cancellation.ThrowIfCancellationRequested();
            AdvanceOne();
        }
    }

    private void AdvanceOne()
    {
        Step++;
        if (!IsKnown || (!_stateIsKnown && !Network.JacobianIsConstant))
        {
            IsKnown = false;
            return;
        }

        Slopes step = AdvanceState((long)_transient + Step - 1, out bool isApplied);
        if (!HasJacobian(step))
        {
            IsKnown = false;
            OverflowStep ??= Step; // the logarithms of all slopes are beyond the range of a double
            return;
        }

        if (!isApplied)
        {
            Apply(step);
        }

        Gates?.Add(_slopes);
        bool logIsUnknown = double.IsNegativeInfinity(step.LogSum) && !Network.SlopesCanBeZero; // the logarithm of a slope is beyond the range of a double
        Totals = Totals.Plus(logIsUnknown ? step with { LogSum = double.NaN } : step, double.NaN, double.NaN);
    }

    // Slopes below the normal range of a double are raised to its smallest normal number, so that they make no false zeros.
    private void Apply(Slopes step)
    {
        bool isRaised = !Network.SlopesCanBeZero && !(TensorPrimitives.Min<double>(_slopes) >= Slopes.SmallestNormal);
        if (!isRaised)
        {
            Frame.Advance(_slopes, step.Exponent, slopesAreRaised: false);
            return;
        }

        var raised = new double[_slopes.Length];
        TensorPrimitives.Max(_slopes, Slopes.SmallestNormal, raised);
        Frame.Advance(raised, step.Exponent, slopesAreRaised: true);
    }

    private bool HasJacobian(Slopes step) => !double.IsNaN(step.Sum) && (!double.IsNegativeInfinity(step.LogMaximum) || Network.SlopesCanBeZero);

    // A Jacobian that does not depend on the state is known even after the state has left the range of a double.
    private Slopes AdvanceState(long step, out bool isApplied)
    {
        isApplied = false;
        if (_stateIsKnown)
        {
            _drive.Fill(step, _stepDrive);
            isApplied = Frame.AdvanceWith(Network, _state, _stepDrive, _slopes, _scratch, out Slopes known);
            NoteOverflow((int)(step + 1 - _transient));
            return known;
        }

        _stepDrive.AsSpan().Clear();
        _scratch.AsSpan().Clear();
        return Network.Advance(new double[_state.Length], _stepDrive, _slopes, _scratch);
    }

    private void NoteOverflow(int step)
    {
        if (_stateIsKnown && !TensorPrimitives.IsFiniteAll<double>(_state))
        {
            _stateIsKnown = false;
            OverflowStep = step;
        }
    }
}
