namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The slopes of all steps of a trajectory, for propagating back from step T to 0 in bounded memory. Steps are stored in segments, each with its
/// initial state. When the slopes exceed their budget, the oldest segments drop theirs; on request they are recomputed bit for bit.
/// </summary>
internal sealed class SlopeHistory(IStateSteps steps) : ISlopeHistory
{
    private const int SegmentLength = 64;

    /// <summary>Bytes of slopes beyond which the oldest are dropped.</summary>
    public const long Budget = 32L << 20;

    private readonly int _width = steps.SlopeLength;
    private readonly List<Segment> _segments = [];
    private readonly Segment _replayed = new([]);
    private int _firstKept;
    private int _replayedIndex = -1;

    public int Count { get; private set; }

    /// <summary>The state before the first step; empty while there is no step.</summary>
    public ReadOnlySpan<double> Start => _segments.Count == 0 ? [] : _segments[0].Start;

    public long Bytes => (sizeof(double) * (((long)steps.StateLength * _segments.Count) + ((long)_width * SegmentLength * (_segments.Count - _firstKept + 1))))
        + (sizeof(double) * (long)SegmentLength * _segments.Count);

    /// <summary>Memory for the slopes of the next step, which starts from the given state.</summary>
    public Span<double> Next(ReadOnlySpan<double> state)
    {
        if (Count % SegmentLength == 0)
        {
            _segments.Add(new Segment(state.ToArray()) { Slopes = new double[SegmentLength * _width] });
            if ((long)(_segments.Count - _firstKept) * SegmentLength * _width * sizeof(double) > Budget && _segments.Count - _firstKept > 1)
            {
                _segments[_firstKept++].Slopes = null;
            }
        }

        return _segments[^1].Slopes.AsSpan(Count % SegmentLength * _width, _width);
    }

    /// <summary>Completes the step whose slopes were written to <see cref="Next"/>.</summary>
    public void Commit(double exponent) => _segments[^1].Exponents[Count++ % SegmentLength] = exponent;

    /// <inheritdoc/>
    public ReadOnlySpan<double> At(int index, out double exponent)
    {
        Segment segment = _segments[index / SegmentLength];
        exponent = segment.Exponents[index % SegmentLength];
        if (segment.Slopes is null)
        {
            Replay(index / SegmentLength);
            segment = _replayed;
        }

        return segment.Slopes.AsSpan(index % SegmentLength * _width, _width);
    }

    private void Replay(int index)
    {
        if (_replayedIndex == index)
        {
            return;
        }

        _replayed.Slopes ??= new double[SegmentLength * _width];
        double[] state = [.. _segments[index].Start];
        for (int i = 0; i < SegmentLength; i++)
        {
            steps.Advance((index * SegmentLength) + i, state, _replayed.Slopes.AsSpan(i * _width, _width));
        }

        _replayedIndex = index;
    }

    private sealed class Segment(double[] start)
    {
        public double[] Start { get; } = start;

        public double[]? Slopes { get; set; }

        public double[] Exponents { get; } = new double[SegmentLength];
    }
}
