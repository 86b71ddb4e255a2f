using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians.Batched;

/// <summary>
/// Small networks running side by side, each with the product of its Jacobians. A step of all of them takes a few times as long as a step of one. The
/// numbers of a network do not depend on the others.
/// </summary>
/// <remarks>
/// The product has all its columns and one exponent. That is accurate as long as the weights are dense and some slope is of moderate size at every step; a
/// network whose numbers leave these limits is marked from that step on (<see cref="HasLeft"/>), and is to be run by <see cref="Trajectory"/> instead.
/// </remarks>
internal sealed class BatchedTrajectory : IDisposable
{
    // Steps between two rescalings of the products: in as many, no product leaves the range of a double by dense weights and slopes that are not small.
    private const int RescaleEvery = 8;

    // A product whose norm is within 2^±100 is not rescaled.
    private const double LowerSquares = 1.0 / (1UL << 50) / (1UL << 50) / (1UL << 50) / (1UL << 50), UpperSquares = 1 / LowerSquares;

    // Sums of squares of a product's entries outside these limits may have lost digits.
    private const double SmallestSquares = 1e-270, LargestSquares = 1e270;

    // ln of the largest slope of a step, below which a network has left the limits: 2^−40.
    private const double SmallestLogSlope = -27.7;

    // Doubles by which the blocks of memory are rounded up to cache lines.
    private const int MostPadding = 128;

    private readonly BatchedNetwork _network;
    private readonly BatchedKernel _kernel;
    private readonly int _size, _lanes, _transient;
    private readonly AlignedMemory _memory;
    private readonly Memory<double> _state, _ones, _lossGradients, _gradients, _nextGradients;
    private readonly double[] _sumOfSlopes, _sumOfLogs, _sumOfBounds, _exponents, _squares, _factors;
    private readonly bool[] _hasLeft;
    private readonly SlopeHistory _history;
    private readonly List<int> _sampled = [];
    private readonly List<double>[] _logNorms;
    private Memory<double> _columns, _spare;
    private bool _hasRunTransient;

    /// <summary>Creates the trajectories at step 0, before their transient.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="members">The networks, at most as many as the kernel has lanes.</param>
    /// <param name="transient">Number of steps that are run before x_0.</param>
    public BatchedTrajectory(BatchedKernel kernel, IReadOnlyList<BatchMember> members, int transient)
    {
        int n = members[0].Network.HiddenSize, columns = n * n * kernel.Lanes;
        _memory = new AlignedMemory(BatchedNetwork.LengthOf(n, kernel.Lanes) + (2 * columns) + ((3 + (2 * BatchedGradients.Most)) * n * kernel.Lanes) + MostPadding);
        _network = new BatchedNetwork(kernel, members, transient, _memory);
        (_kernel, _size, _lanes, _transient) = (kernel, n, kernel.Lanes, transient);
        _state = _network.SideBySide(_memory, member => member.Start);
        _lossGradients = _network.SideBySide(_memory, member => member.LossGradient);
        (_gradients, _nextGradients) = (_memory.Next(BatchedGradients.Most * _state.Length), _memory.Next(BatchedGradients.Most * _state.Length));
        (_columns, _spare, _ones) = (_memory.Next(columns), _memory.Next(columns), _memory.Next(_state.Length));
        _ones.Span.Fill(1);
        _history = new SlopeHistory(_network);
        (_sumOfSlopes, _sumOfLogs, _sumOfBounds) = (new double[_lanes], new double[_lanes], new double[_lanes]);
        (_exponents, _squares, _factors) = (new double[_lanes], new double[_lanes], new double[_lanes]);
        _hasLeft = new bool[_lanes];
        _logNorms = [.. Enumerable.Range(0, members.Count).Select(_ => new List<double>())];
        NoteState();
    }

    /// <summary>The current step t.</summary>
    public int Step { get; private set; }

    /// <summary>Whether a network's numbers left the limits at some step so far, so that none of its results at this step is valid.</summary>
    public bool HasLeft(int member) => _hasLeft[member];

    /// <summary>Advances to a step that is not before the current one, or until every network has left the limits.</summary>
    public void AdvanceTo(int step, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, Step);
        long checkEvery = Math.Max(1, Trajectory.WorkBetweenCancellationChecks / ((long)_columns.Length * _size));
        if (!_hasRunTransient)
        {
            RunTransient(checkEvery, cancellation);
        }

        for (; Step < step && !HaveAllLeft(); AdvanceOne())
        {
            if (Step % checkEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Sums over the slopes of steps 1 to t of a network.</summary>
    public SlopeTotals Totals(int member) => new(_sumOfSlopes[member], _sumOfLogs[member], _sumOfBounds[member], _sumOfLogs[member]);

    /// <summary>The growth rate of a network's product.</summary>
    public GrowthRate Growth(int member) => ProductGrowth.Rate(Step, CollectionsMarshal.AsSpan(_sampled), CollectionsMarshal.AsSpan(_logNorms[member]));

    /// <summary>The norms of P_t of every network.</summary>
    public ProductNorms[] Norms()
    {
        Span<double> product = _columns.Span;
        if (_network.SlopesComeFirst)
        {
            _kernel.Multiply(_network.JacobianWeights, product, _spare.Span, _ones.Span, _size);
            product = _spare.Span;
        }

        var norms = new ProductNorms[_network.Members];
        using PooledSpan one = new(_size * _size);
        Span<double> matrix = one.Values;
        for (int member = 0; member < norms.Length; member++)
        {
            for (int i = 0; i < matrix.Length; i++)
            {
                matrix[i] = product[(i * _lanes) + member];
            }

            norms[member] = ProductNorms.Of(SpectralNorm.Of(matrix, _size, _size), VectorNorm.Of(matrix), _exponents[member]);
        }

        return norms;
    }

    /// <summary>Propagates the loss gradients back from each of some steps T to 0, as <see cref="Trajectory.CarryBackFrom"/>.</summary>
    /// <param name="steps">T, ascending, none after the current step.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    /// <returns>For each T the result of each network; null where its gradient becomes 0 or leaves the limits.</returns>
    public GradientFlow?[][] CarryBack(ReadOnlySpan<int> steps, CancellationToken cancellation)
    {
        var flows = new GradientFlow?[steps.Length][];
        for (int first = 0; first < steps.Length; first += BatchedGradients.Most)
        {
            ReadOnlySpan<int> together = steps[first..Math.Min(first + BatchedGradients.Most, steps.Length)];
            new BatchedGradients(_network, _history, _gradients, _nextGradients, _ones.Span).CarryBack(together, _lossGradients.Span, flows.AsSpan(first), cancellation);
        }

        return flows;
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _memory.Dispose();

    private void RunTransient(long checkEvery, CancellationToken cancellation)
    {
        var slopes = new double[_network.SlopeLength];
        for (int step = 0; step < _transient && !HaveAllLeft(); step++)
        {
            if (step % checkEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            _network.AdvanceTransient(step, _state.Span, slopes);
            NoteState();
        }

        _hasRunTransient = true;
    }

    private void AdvanceOne()
    {
        Step++;
        Span<double> slopes = _history.Next(_state.Span);
        _network.Advance(Step - 1, _state.Span, slopes);
        _history.Commit(0);
        NoteState();
        NoteSlopes();
        if (Step == 1)
        {
            Begin(slopes);
        }
        else
        {
            _kernel.Multiply(_network.JacobianWeights, _columns.Span, _spare.Span, slopes, _size);
            (_columns, _spare) = (_spare, _columns);
        }

        bool samples = ProductGrowth.Samples(Step), rescales = Step % RescaleEvery == 0;
        if (samples || rescales)
        {
            NoteNorms(samples, rescales);
        }
    }

    // Where the slopes come first, the columns are diag(φ'(x_{t−1})) P_{t−1}; the last W is applied when the product is read.
    private void Begin(ReadOnlySpan<double> slopes)
    {
        Span<double> columns = _columns.Span;
        columns.Clear();
        for (int i = 0; i < _size; i++)
        {
            ReadOnlySpan<double> diagonal = _network.SlopesComeFirst ? slopes.Slice(i * _lanes, _lanes) : _ones.Span[.._lanes];
            diagonal.CopyTo(columns[(i * (_size + 1) * _lanes)..]);
        }

        if (!_network.SlopesComeFirst)
        {
            _kernel.Multiply(_network.JacobianWeights, _columns.Span, _spare.Span, slopes, _size);
            (_columns, _spare) = (_spare, _columns);
        }
    }

    private void NoteSlopes()
    {
        ReadOnlySpan<double> sums = _network.Sums;
        for (int lane = 0; lane < _lanes; lane++)
        {
            // A maximum ignores NaN. A logarithm of −∞ may be that of a slope beyond the range of a double.
            double logMaximum = sums[(2 * _lanes) + lane], logSum = sums[_lanes + lane];
            _hasLeft[lane] |= !(logMaximum > SmallestLogSlope) || double.IsNaN(sums[lane]) || (double.IsNegativeInfinity(logSum) && !_network.SlopesCanBeZero);
            _sumOfSlopes[lane] += sums[lane];
            _sumOfLogs[lane] += logSum;
            _sumOfBounds[lane] += logMaximum;
        }
    }

    private void NoteState()
    {
        ReadOnlySpan<double> state = _state.Span;
        if (TensorPrimitives.IsFiniteAll(state))
        {
            return;
        }

        for (int i = 0; i < state.Length; i++)
        {
            _hasLeft[i % _lanes] |= !double.IsFinite(state[i]);
        }
    }

    private void NoteNorms(bool samples, bool rescales)
    {
        _kernel.SumSquares(_columns.Span, _squares);
        if (samples)
        {
            _sampled.Add(Step);
        }

        bool isOutside = false;
        for (int lane = 0; lane < _lanes; lane++)
        {
            double squares = _squares[lane];
            _hasLeft[lane] |= !(squares is > SmallestSquares and < LargestSquares);
            if (samples && lane < _logNorms.Length)
            {
                _logNorms[lane].Add((0.5 * Math.Log(squares)) + (_exponents[lane] * Math.Log(2)));
            }

            int shift = !rescales || squares is > LowerSquares and < UpperSquares || _hasLeft[lane] ? 0 : Math.ILogB(squares) / 2;
            _factors[lane] = Math.ScaleB(1, -shift);
            _exponents[lane] += shift;
            isOutside |= shift != 0;
        }

        if (isOutside)
        {
            _kernel.Scale(_columns.Span, _factors);
        }
    }

    private bool HaveAllLeft() => !_hasLeft.AsSpan(0, _network.Members).Contains(false);
}
