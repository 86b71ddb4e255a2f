using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// One network running, with the states and slopes of its steps, for the gradients of a loss with respect to its parameters. A reading takes one pass back from the current step: a product
/// of J_tᵀ with a vector and outer products for each step, 4 operations per step and parameter. The states are those of <see cref="Trajectory"/>, but for the scale of
/// <see cref="RecordedSteps"/>. A reading does not depend on earlier readings.
/// </summary>
internal sealed class ParameterTrajectory
{
    private readonly INetwork _network;
    private readonly IParameters _parameters;
    private readonly Drive _drive;
    private readonly int _transient;
    private readonly double[] _state;
    private readonly RecordedSteps _steps;
    private readonly SlopeHistory _history;
    private int _transientDone;

    /// <summary>Creates a trajectory at step 0, before its transient.</summary>
    /// <param name="network">The network, which has parameters.</param>
    /// <param name="drive">W_in u_t + b of every step.</param>
    /// <param name="start">The state before the transient; copied.</param>
    /// <param name="transient">Number of steps that are run before x_0; x_0 does not depend on the parameters.</param>
    /// <exception cref="ArgumentException">The network has no parameters.</exception>
    public ParameterTrajectory(INetwork network, Drive drive, double[] start, int transient)
    {
        (_network, _drive, _state, _transient) = (network, drive, [.. start, 0], transient);
        _parameters = network.Parameters(drive.InputSize) ?? throw new ArgumentException("the network has no parameters", nameof(network));
        _steps = new RecordedSteps(network, drive, transient);
        _history = new SlopeHistory(_steps);
        IsKnown = TensorPrimitives.IsFiniteAll<double>(_state);
    }

    /// <summary>The current step t.</summary>
    public int Step { get; private set; }

    /// <summary>Whether every state and Jacobian up to the current step is known.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Advances to a step that is not before the current one.</summary>
    /// <exception cref="OperationCanceledException">Cancelled. The trajectory is at an intermediate step and can continue.</exception>
    public void AdvanceTo(int step, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, Step);
        var memory = new double[_steps.SlopeLength];
        for (; _transientDone < _transient && IsKnown; _transientDone++)
        {
            cancellation.ThrowIfCancellationRequested();
            _ = _steps.Take(_transientDone - _transient, _state, memory);
            IsKnown = TensorPrimitives.IsFiniteAll<double>(_state);
        }

        for (; Step < step; Step++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!IsKnown)
            {
                continue;
            }

            Slopes slopes = _steps.Take(Step, _state, _history.Next(_state));
            _history.Commit(slopes.Exponent);
            bool hasJacobian = !double.IsNaN(slopes.Sum) && (!double.IsNegativeInfinity(slopes.LogMaximum) || _network.SlopesCanBeZero);
            IsKnown = hasJacobian && TensorPrimitives.IsFiniteAll<double>(_state);
        }
    }

    /// <summary>The gradients of a loss over the steps 1 to t, the current step.</summary>
    /// <param name="lossGradient">g, length N.</param>
    /// <param name="loss">The steps that the loss depends on.</param>
    /// <param name="lags">The lags k to read terms and partial sums at, ascending, from 1 to t.</param>
    /// <param name="cancellation">Checked at every step.</param>
    public ParameterGradient Read(double[] lossGradient, LossSteps loss, int[] lags, CancellationToken cancellation = default)
    {
        var pass = new ParameterPass(_parameters, lossGradient, lags);
        double[] input = new double[_drive.InputSize], drive = new double[_parameters.NeedsDrive ? _network.DriveLength : 0], after = [.. _state];
        for (int t = Step; t > 0; t--)
        {
            cancellation.ThrowIfCancellationRequested();
            if (t == Step || loss == LossSteps.Every)
            {
                pass.AddLoss();
            }
            else if (pass.IsZero)
            {
                break;
            }

            ReadOnlySpan<double> recorded = _history.At(t - 1, out double exponent), before = recorded[_network.SlopeLength..];
            double scale = before[^1];
            TensorPrimitives.Multiply(after, PowerOfTwo.Of(scale - after[^1]), after); // to the scale of the state before
            _drive.FillInput((long)_transient + t - 1, input);
            if (drive.Length > 0)
            {
                _drive.Fill((long)_transient + t - 1, drive);
            }

            var step = new RecordedStep(recorded[.._network.SlopeLength], exponent, before[..^1], after.AsSpan(..^1), scale, input, drive);
            pass.Add(Step - t + 1, step);
            if (t > 1)
            {
                pass.StepBack(_network, step);
                before.CopyTo(after);
            }
        }

        return pass.Result();
    }
}
