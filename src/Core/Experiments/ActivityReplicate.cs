using System.Numerics.Tensors;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>A replicate's states alone, for the statistics of its activity. They run beside the product or the frame and change no other number.</summary>
internal sealed class ActivityReplicate
{
    private readonly INetwork _network;
    private readonly Drive _drive;
    private readonly double[] _state, _stepDrive, _slopes, _scratch;
    private readonly long _transient;
    private readonly ActivityMoments _moments;
    private long _done;
    private bool _isKnown = true;

    /// <summary>Creates the trajectory before its transient.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="start">What the replicate starts from; its state is copied.</param>
    public ActivityReplicate(CellSpec spec, ReplicateStart start)
    {
        (_network, _drive, _state, _transient) = (start.Running.Network, start.Running.Drive, [.. start.State], spec.AllTransient);
        (_stepDrive, _slopes, _scratch) = (new double[_network.DriveLength], new double[_network.SlopeLength], new double[_network.HiddenSize]);
        _moments = new ActivityMoments(_network.HiddenSize);
    }

    /// <summary>Advances to the cell's sequence length, which is not before that of the last call, and adds the numbers of the activity to a reading.</summary>
    public Reading Add(Reading reading, CellSpec spec, CancellationToken cancellation)
    {
        for (long end = _transient + spec.SequenceLength; _done < end && _isKnown; _done++)
        {
            cancellation.ThrowIfCancellationRequested();
            _drive.Fill(_done, _stepDrive);
            _network.Advance(_state, _stepDrive, _slopes, _scratch);
            _isKnown = TensorPrimitives.IsFiniteAll<double>(_state);
            if (_isKnown && _done >= _transient)
            {
                _moments.Add(_state.AsSpan(^_network.HiddenSize..)); // the layers below the measured one come first
            }
        }

        return !_isKnown ? reading : reading with
        {
            ActivityVariance = _moments.Variance,
            AutocorrelationTime = _moments.AutocorrelationTime,
            ParticipationRatio = _moments.ParticipationRatio,
        };
    }
}
