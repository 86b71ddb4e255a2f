using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The k leading Lyapunov exponents of a sequence of Jacobians by an orthonormal frame of k columns: Q_t R_t = J_t Q_{t−1}, λ_i = Σ_t ln (R_t)_ii / T (Benettin, Galgani, Giorgilli
/// &amp; Strelcyn 1980; Shimada &amp; Nagashima 1979). 2 N² k operations a step, and 3 N k² for each factorisation. The product itself is not formed.
/// </summary>
/// <remarks>
/// <para>Several steps are applied before each factorisation, as many as the measured growth allows: R_ii of a block has a relative error of some ulp times the length of the longest column over
/// R_ii. A block whose error is too large is applied again in halves. They depend on the trajectory alone.</para>
/// <para>With M = J_t ⋯ J_{t−b+1} Q after b steps of a block, M = Q' R, the sum is that up to the block plus ln R_ii. R alone is found from MᵀM (<see cref="CholeskyQr"/>), in N k² operations and without
/// ending the block: so it is at the sampled steps of <see cref="ProductGrowth"/>, and in a reading. Where the columns are too nearly dependent for that, a sample ends the block and a reading factors a copy
/// (<see cref="GramSchmidt"/>, or <see cref="ThinQr"/>), so a reading does not depend on other readings. Nor need Q be orthonormal to the last digit: M = Q R holds whatever Q is, so what one R misses the next one has.</para>
/// </remarks>
internal sealed partial class LeadingFrame
{
    /// <summary>The key of the stream from which the first frame is drawn, column after column, so that the leading columns do not depend on k.</summary>
    public static readonly (ulong First, ulong Second) StartKey = (0, 0);

    private readonly BlockJacobian _jacobian;
    private readonly PropagatedColumns _columns; // M
    private readonly ColumnPanels _frame; // Q at the start of the block
    private readonly int _size, _count, _slopeLength;
    private readonly double[] _growth, _errors; // up to the start of the block
    private readonly double[] _slopes, _exponents;
    private readonly List<int> _sampledSteps = [];
    private readonly ProductGrowth[] _samples;
    private int _pending, _length = 1, _rankBound;
    private bool _zerosMayBeInexact, _hasBegun;
    private bool _isIndependent = true; // whether the columns of the last block were, so that MᵀM is worth forming

    /// <summary>Draws the first frame: normals, orthonormalised.</summary>
    /// <param name="network">The network whose Jacobians are applied.</param>
    /// <param name="count">k, from 1 to N.</param>
    public LeadingFrame(INetwork network, int count)
        : this(network.Jacobian, network.SlopeLength, count, PropagatedColumns.Zeros(network.Jacobian, count), new ColumnPanels(network.Jacobian.Kernel, network.Jacobian.Size, count))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _size);
        double[] drawn = new double[_size * count], frame = new double[_size * count];
        new Philox(StartKey.First, StartKey.Second).FillNormal(drawn);
        Transposition.Copy(drawn, _size, frame, count, count, _size);
        using PooledSpan triangle = new(count * count);
        Orthonormalisation.Factor(frame, triangle.Values, _size, count, dropsZeros: false);
        _frame.Pack(frame);
        BeginBlock();
    }

    private LeadingFrame(BlockJacobian jacobian, int slopeLength, int count, PropagatedColumns columns, ColumnPanels frame)
    {
        (_jacobian, _size, _count, _slopeLength, _rankBound, _columns, _frame) = (jacobian, jacobian.Size, count, slopeLength, jacobian.Size, columns, frame);
        (_growth, _errors) = (new double[count], new double[count]);
        (_slopes, _exponents) = (new double[LongestBlock * slopeLength], new double[LongestBlock]);
        _samples = [.. Enumerable.Range(0, count).Select(_ => new ProductGrowth())];
        _zerosMayBeInexact = !jacobian.ZerosAreExact;
    }

    /// <summary>Number of steps since <see cref="Begin"/>.</summary>
    public int Steps { get; private set; }

    /// <summary>Number of blocks so far.</summary>
    public int Blocks { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(double) * ((2L * _frame.Values.Length) + _slopes.Length)) + _columns.Bytes + _samples.Sum(sample => sample.Bytes);

    /// <summary>Begins to count: the growth before this step only lets the frame converge.</summary>
    /// <exception cref="InvalidOperationException">It has begun.</exception>
    public void Begin()
    {
        if (_hasBegun)
        {
            throw new InvalidOperationException("the frame begins once");
        }

        Flush();
        _hasBegun = true;
        _growth.AsSpan().Clear();
        _errors.AsSpan().Clear();
        (_rankBound, _zerosMayBeInexact) = (_size, !_jacobian.ZerosAreExact);
    }

    /// <summary>One step of the network's state, and of the frame where the network does both in one pass over its weights; returns whether it does.</summary>
    /// <param name="network">The network.</param>
    /// <param name="state">As of the network's step, and so are the other parameters.</param>
    /// <param name="drive">As there.</param>
    /// <param name="slopes">As there.</param>
    /// <param name="scratch">As there.</param>
    /// <param name="step">What the network's step returns.</param>
    public bool AdvanceWith(INetwork network, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        bool isAdvanced = _columns.AdvanceWith(network, state, drive, slopes, scratch, out step);
        if (isAdvanced)
        {
            Note(slopes, step.Exponent, slopesAreRaised: false);
        }

        return isAdvanced;
    }

    /// <summary>Applies the Jacobian of a step.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="exponent">Base-2 exponent e: the true Jacobian is 2^e times that of the slopes.</param>
    /// <param name="slopesAreRaised">Whether slopes below the range of a double were raised to its smallest normal number.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent, bool slopesAreRaised)
    {
        if (slopesAreRaised)
        {
            Flush();
        }

        _columns.Advance(slopes, exponent);
        Note(slopes, exponent, slopesAreRaised);
    }

    /// <summary>The exponents over the steps so far. The frame does not change.</summary>
    /// <exception cref="InvalidOperationException">No step was counted.</exception>
    public LeadingExponents Read()
    {
        if (Steps == 0)
        {
            throw new InvalidOperationException("there are exponents after the first step");
        }

        var errors = new double[_count];
        if (!TryMeasure(errors, out double[] growth))
        {
            LeadingFrame whole = Copy();
            whole.Flush();
            growth = whole.Known(whole._growth, whole._errors);
            whole._errors.CopyTo(errors, 0);
        }

        TensorPrimitives.Divide(errors, Steps, errors);
        var history = new double[_sampledSteps.Count * _count];
        for (int s = 0; s < _sampledSteps.Count; s++)
        {
            for (int i = 0; i < _count; i++)
            {
                history[(s * _count) + i] = _samples[i].At(s) / _sampledSteps[s];
            }
        }

        return new LeadingExponents([.. growth.Select(sum => sum / Steps)], errors, [.. _samples.Select(sample => sample.Rate(Steps))], history);
    }

    // A copy of what a block changes; the steps that are pending have been applied to it.
    private LeadingFrame Copy()
    {
        var copy = new LeadingFrame(_jacobian, _slopeLength, _count, _columns.Copy(), _frame.Copy())
        {
            Steps = Steps,
            _pending = _pending,
            _length = _length,
            _rankBound = _rankBound,
            _zerosMayBeInexact = _zerosMayBeInexact,
            _hasBegun = true,
            _isIndependent = _isIndependent,
        };
        _growth.CopyTo(copy._growth, 0);
        _errors.CopyTo(copy._errors, 0);
        _slopes.AsSpan(0, _pending * _slopeLength).CopyTo(copy._slopes);
        _exponents.CopyTo(copy._exponents, 0);
        return copy;
    }

    // Records a step that was applied; ends the block and samples where these are due.
    private void Note(ReadOnlySpan<double> slopes, double exponent, bool slopesAreRaised)
    {
        slopes.CopyTo(_slopes.AsSpan(_pending * _slopeLength));
        _exponents[_pending++] = exponent;
        if (_hasBegun)
        {
            Steps++;
            _rankBound = Math.Min(_rankBound, _jacobian.RankBound(slopes));
            _zerosMayBeInexact |= slopesAreRaised || _jacobian.HoldSmallNumbers(slopes);
        }

        if (_pending >= _length || slopesAreRaised)
        {
            Flush(slopesAreRaised);
        }

        if (_hasBegun && ProductGrowth.Samples(Steps))
        {
            if (!TryMeasure(new double[_count], out double[] growth))
            {
                Flush();
                growth = Known(_growth, _errors);
            }

            _sampledSteps.Add(Steps);
            for (int i = 0; i < _count; i++)
            {
                _samples[i].Note(Steps, growth[i]);
            }
        }
    }

    // Σ ln R_ii so far, and the bounds of its errors, where no factorisation is needed.
    private bool TryMeasure(Span<double> errors, out double[] growth)
    {
        _errors.CopyTo(errors);
        growth = _growth;
        if (_pending > 0)
        {
            using PooledSpan triangle = new(_count * _count), logarithms = new(_count);
            if (!_isIndependent || _columns.HasPendingFactor || !_columns.TryTriangularise(triangle.Values))
            {
                return false; // a pending factor costs a product, after which the block may as well end
            }

            double largest = Logarithms(triangle.Values, logarithms.Values, out _);
            growth = [.. _growth];
            for (int i = 0; i < _count; i++)
            {
                growth[i] += logarithms.Values[i];
                errors[i] += Error(_pending, largest, logarithms.Values[i]);
            }

            if (IsInaccurate(_pending, WorstError(_pending, largest, logarithms.Values)))
            {
                return false; // the end of the block does it again in halves
            }
        }

        growth = Known(growth, errors);
        return true;
    }

    // From sums of ln R_ii and their errors: −∞ from the first exact zero on, NaN from the first that rounding may have changed.
    private double[] Known(ReadOnlySpan<double> growth, ReadOnlySpan<double> errors)
    {
        double trusted = SpectralProduct.TrustedError * Math.Max(1, Steps / (double)SpectralProduct.TrustedSteps) * Math.Log(10);
        var known = new double[_count];
        bool isZero = false, isUnknown = false;
        for (int i = 0; i < _count; i++)
        {
            isZero |= i >= _rankBound || (double.IsNegativeInfinity(growth[i]) && !_zerosMayBeInexact && !isUnknown);
            isUnknown |= !(errors[i] <= trusted) || double.IsNegativeInfinity(growth[i]);
            known[i] = isZero ? double.NegativeInfinity : isUnknown ? double.NaN : growth[i];
        }

        return known;
    }
}
