using System.Numerics.Tensors;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// One network running: its state, its input, and the product of the Jacobians so far. It can be advanced to any step, read, and advanced further. A
/// reading at a step is bit for bit the same, whatever was read before.
/// </summary>
internal sealed partial class Trajectory
{
    /// <summary>Operations between two checks of cancellation, which are counted because the time of a step depends on the size of the network.</summary>
    public const long WorkBetweenCancellationChecks = 1 << 22;

    // Spread of one step's slopes, in bits, beyond which some of them or their products may leave the range of a double.
    private const double FarApart = 500;

    // Spreads of more bits than this are summed, because they may accumulate over many steps.
    private const double Apart = 60;

    private readonly Drive _drive;
    private readonly int _transient;
    private readonly int _frameTransient;
    private readonly double[] _state;
    private readonly double[] _stepDrive;
    private readonly double[] _slopes;
    private readonly double[] _scratch;
    private readonly double[] _lastSlopes;
    private readonly SlopeHistory _history;
    private readonly ConstantSlopes _constant;
    private readonly ISlopeHistory _past;
    private readonly double _commonLogDeterminant;
    private int _transientDone;
    private readonly bool _isDense;
    private double _bitsApart;
    private bool _heldSmallNumbers;
    private double _lastExponent = double.NaN;
    private double _lastLogDeterminant;
    private bool _stateIsKnown = true;

    /// <summary>Creates a trajectory at step 0, before its transient.</summary>
    /// <param name="network">The network.</param>
    /// <param name="drive">W_in u_t + b of every step.</param>
    /// <param name="start">The state before the transient, length N; not copied.</param>
    /// <param name="transient">Number of steps that are run before x_0.</param>
    /// <param name="commonLogDeterminant">The part of ln |det J_t| that is the same at all steps; −∞ where it is not known.</param>
    /// <param name="spectrum">Computes the product's singular values; null where they are not measured.</param>
    /// <param name="frameTransient">The last steps of the transient, over which the frame of the spectrum converges.</param>
    public Trajectory(
        INetwork network,
        Drive drive,
        double[] start,
        int transient,
        double commonLogDeterminant = double.NegativeInfinity,
        SpectralProduct? spectrum = null,
        int frameTransient = 0)
    {
        (Network, _drive, _state, _transient, Spectrum, _frameTransient) = (network, drive, start, transient, spectrum, frameTransient);
        _commonLogDeterminant = commonLogDeterminant;
        int n = network.HiddenSize;
        _stepDrive = new double[network.DriveLength];
        _slopes = new double[network.SlopeLength];
        _lastSlopes = network.DeterminantIsFree ? [] : new double[network.SlopeLength];
        _scratch = new double[n];
        _history = new SlopeHistory(new NetworkSteps(network, drive, transient));
        _constant = new ConstantSlopes(_slopes);
        _past = network.JacobianIsConstant ? _constant : _history;
        Gates = network.GatedLayers > 0 ? new GateTotals(network) : null;
        Product = new JacobianProduct(network, _past, commonLogDeterminant);
        _isDense = network.Parts?.IsDense ?? true;
        RangeIsLeft = !_isDense && JacobianParts.SpreadOf(network.Parts!.Weights.Values, zerosCount: false) > FarApart;
        NoteOverflow(-transient);
    }

    /// <summary>The network.</summary>
    public INetwork Network { get; }

    /// <summary>The current step t.</summary>
    public int Step { get; private set; }

    /// <summary>x_t, length N; not finite from <see cref="OverflowStep"/> on.</summary>
    public ReadOnlySpan<double> State => _state;

    /// <summary>P_t. It does not change from the first step on whose Jacobian is not known.</summary>
    public JacobianProduct Product { get; }

    /// <summary>P_t for its singular values; null where they are not measured. It stops at the same step as <see cref="Product"/>.</summary>
    public SpectralProduct? Spectrum { get; }

    /// <summary>Whether the frame of the spectrum had a transient.</summary>
    public bool FrameHasSettled => _frameTransient > 0;

    /// <summary>Sums over the slopes of steps 1 to t.</summary>
    public SlopeTotals Totals { get; private set; }

    /// <summary>Sums over the gates of steps 1 to t; null where the network has none.</summary>
    public GateTotals? Gates { get; }

    /// <summary>The first step whose state is not finite, negative in the transient; null where there is none.</summary>
    public int? OverflowStep { get; private set; }

    /// <summary>Whether every Jacobian up to the current step is known.</summary>
    public bool ProductIsKnown { get; private set; } = true;

    /// <summary>
    /// Whether entries of a product may have left the range of a double, relative to others of the same column, and dominate later. Then only
    /// <see cref="Wide"/> gives its norms.
    /// </summary>
    public bool RangeIsLeft { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => Network.Bytes + Product.Bytes + (Spectrum?.Bytes ?? 0) + (Gates?.Bytes ?? 0) + _history.Bytes + _drive.Bytes + (4L * sizeof(double) * _state.Length);

    /// <summary>Advances to a step that is not before the current one.</summary>
    /// <exception cref="OperationCanceledException">Cancelled. The trajectory is at an intermediate step and can continue.</exception>
    public void AdvanceTo(int step, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, Step);
        Settle(cancellation);
        long n = Network.HiddenSize, checkEvery = Math.Max(1, WorkBetweenCancellationChecks / Math.Max(1, n * n * n));
        for (long untilCheck = 0; Step < step; untilCheck--)
        {
            if (untilCheck == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                untilCheck = checkEvery;
            }

            Product.Prepare(cancellation);
            AdvanceOne();
        }
    }

    /// <summary>W_in u + b of the next step, length N.</summary>
    public double[] NextDrive()
    {
        var drive = new double[Network.DriveLength];
        _drive.Fill((long)_transient + Step, drive);
        return drive;
    }

    private void Settle(CancellationToken cancellation)
    {
        for (; _transientDone < _transient && (_stateIsKnown || (Network.JacobianIsConstant && Spectrum is not null)); _transientDone++)
        {
            cancellation.ThrowIfCancellationRequested();
            Slopes step = AdvanceState(_transientDone, _slopes);
            if (Spectrum is not null && _transientDone >= _transient - _frameTransient && !double.IsNaN(step.Sum))
            {
                Spectrum.SettleFrame(NotZero(_slopes), step.Exponent);
            }
        }
    }

    private void AdvanceOne()
    {
        Step++;
        if (!_stateIsKnown && !Network.JacobianIsConstant)
        {
            ProductIsKnown = false;
            return;
        }

        Span<double> slopes = Network.JacobianIsConstant ? _slopes : _history.Next(_state);
        Slopes step = AdvanceState((long)_transient + Step - 1, slopes);
        if (double.IsNaN(step.Sum) || (double.IsNegativeInfinity(step.LogMaximum) && !Network.SlopesCanBeZero))
        {
            ProductIsKnown = false;
            OverflowStep ??= Step; // the logarithms of all slopes are beyond the range of a double
            return;
        }

        if (Network.JacobianIsConstant)
        {
            _constant.Exponent = step.Exponent;
        }
        else
        {
            _history.Commit(step.Exponent);
        }

        double logDeterminant = Network.DeterminantIsFree ? Network.LogDeterminant(slopes, step) : RememberedLogDeterminant(slopes, step);
        Product.Advance(slopes, step.Exponent, logDeterminant);
        Spectrum?.Advance(NotZero(slopes), step.Exponent);
        Gates?.Add(slopes);
        NoteRange(slopes);
        if (double.IsNegativeInfinity(step.LogSum) && !Network.SlopesCanBeZero)
        {
            // The logarithm of a slope is beyond the range of a double.
            (step, logDeterminant) = (step with { LogSum = double.NaN }, Network.DeterminantIsFree ? double.NaN : logDeterminant);
        }

        Totals = Totals.Plus(step, Network.LogNormBound(step.LogMaximum), logDeterminant);
    }

    private void NoteRange(ReadOnlySpan<double> slopes)
    {
        if (Network is GivenJacobians)
        {
            NoteRangeOfGiven(slopes);
            return;
        }

        if (_isDense || RangeIsLeft || Network.JacobianIsConstant)
        {
            return;
        }

        double bits = JacobianParts.SpreadOf(slopes, zerosCount: !Network.SlopesCanBeZero);
        _bitsApart += bits > Apart ? bits : 0;
        RangeIsLeft = bits > FarApart || (_bitsApart > FarApart && Product.HoldsSmallNumbers);
    }

    // Any entry of a given Jacobian may be 0. A product that becomes 0 after some of its entries were very small may be 0 only because these were lost.
    private void NoteRangeOfGiven(ReadOnlySpan<double> slopes)
    {
        if (RangeIsLeft)
        {
            return;
        }

        double bits = GivenJacobians.BitsApart(slopes);
        bool holdsSmall = Product.HoldsSmallNumbers;
        _bitsApart += bits > Apart ? bits : 0;
        RangeIsLeft = bits > FarApart || (_bitsApart > FarApart && holdsSmall) || (_heldSmallNumbers && Product.IsZero);
        _heldSmallNumbers |= holdsSmall;
    }

    // Raises slopes below the normal range of a double to its smallest normal number: the spectrum's errors are as large then, and it gets no false
    // zeros.
    private ReadOnlySpan<double> NotZero(ReadOnlySpan<double> slopes)
    {
        if (Network.SlopesCanBeZero || TensorPrimitives.Min(slopes) >= Slopes.SmallestNormal)
        {
            return slopes;
        }

        var raised = new double[slopes.Length];
        TensorPrimitives.Max(slopes, Slopes.SmallestNormal, raised);
        return raised;
    }

    // In a linear network, or at a fixed point, the Jacobian is that of the last step.
    private double RememberedLogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        if (step.Exponent != _lastExponent || !slopes.SequenceEqual(_lastSlopes))
        {
            _lastLogDeterminant = Network.LogDeterminant(slopes, step);
            _lastExponent = step.Exponent;
            slopes.CopyTo(_lastSlopes);
        }

        return _lastLogDeterminant;
    }

    // A Jacobian that does not depend on the state is known even after the state has left the range of a double.
    private Slopes AdvanceState(long step, Span<double> slopes)
    {
        if (_stateIsKnown)
        {
            _drive.Fill(step, _stepDrive);
            Slopes known = Network.Advance(_state, _stepDrive, slopes, _scratch);
            NoteOverflow((int)(step + 1 - _transient));
            return known;
        }

        _stepDrive.AsSpan().Clear();
        _scratch.AsSpan().Clear();
        return Network.Advance(new double[_state.Length], _stepDrive, slopes, _scratch);
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
