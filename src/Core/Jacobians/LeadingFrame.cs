using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The k leading Lyapunov exponents of a sequence of Jacobians by an orthonormal frame of k columns: Q_t R_t = J_t Q_{t−1}, λ_i = Σ_t ln (R_t)_ii / T (Benettin, Galgani, Giorgilli
/// &amp; Strelcyn 1980; Shimada &amp; Nagashima 1979). 2 N² k operations a step, and 4 N k² for each factorisation. The product itself is not formed.
/// </summary>
/// <remarks>
/// Several steps are applied before each factorisation, as many as the measured growth allows: R_ii of a block has a relative error of some ulp times the length of the longest column over
/// R_ii. A block whose error is too large is applied again in halves. Blocks end at the sampled steps of <see cref="ProductGrowth"/>. They depend on the trajectory alone, and reading
/// factors a copy, so a reading does not depend on other readings. With one column a factorisation is a division by its length.
/// </remarks>
internal sealed class LeadingFrame
{
    /// <summary>The key of the stream from which the first frame is drawn, column after column, so that the leading columns do not depend on k.</summary>
    public static readonly (ulong First, ulong Second) StartKey = (0, 0);

    // Relative error of R_ii per step that blocks of more than one step may add, and the factor beyond which a block is repeated, as in SpectralProduct.
    private const double BlockError = 2.3e-11, RetryFactor = 4;

    private const int LongestBlock = 16;

    // Slopes below the range of a double are raised to 2^−1022. With weights up to 2^100 this changes an R_ii above this by less than an ulp.
    private const double LeastWithRaisedSlopes = -850 * 0.6931471805599453;

    private readonly BlockJacobian _jacobian;
    private readonly PropagatedColumns _columns;
    private readonly int _size, _count, _slopeLength;
    private readonly double[] _frame, _growth, _errors, _zeros;
    private readonly double[] _slopes, _exponents;
    private readonly List<int> _sampledSteps = [];
    private readonly ProductGrowth[] _samples;
    private int _pending, _length = 1, _rankBound;
    private bool _zerosMayBeInexact, _hasBegun;

    /// <summary>Draws the first frame: normals, orthonormalised.</summary>
    /// <param name="network">The network whose Jacobians are applied.</param>
    /// <param name="count">k, from 1 to N.</param>
    public LeadingFrame(INetwork network, int count)
        : this(network.Jacobian, network.SlopeLength, count, columns: null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _size);
        var drawn = new double[_size * count];
        new Philox(StartKey.First, StartKey.Second).FillNormal(drawn);
        Transposition.Copy(drawn, _size, _frame, count, count, _size);
        using PooledSpan triangle = new(count * count);
        Orthonormalisation.Factor(_frame, triangle.Values, _size, count, dropsZeros: false);
    }

    private LeadingFrame(BlockJacobian jacobian, int slopeLength, int count, PropagatedColumns? columns)
    {
        (_jacobian, _size, _count, _slopeLength, _rankBound) = (jacobian, jacobian.Size, count, slopeLength, jacobian.Size);
        (_frame, _growth, _errors, _zeros) = (new double[_size * count], new double[count], new double[count], new double[count]);
        (_slopes, _exponents) = (new double[LongestBlock * slopeLength], new double[LongestBlock]);
        _samples = [.. Enumerable.Range(0, count).Select(_ => new ProductGrowth())];
        _columns = columns ?? new PropagatedColumns(jacobian, _frame, _zeros, hasPendingFactor: false);
        _zerosMayBeInexact = !jacobian.ZerosAreExact;
    }

    /// <summary>Number of steps since <see cref="Begin"/>.</summary>
    public int Steps { get; private set; }

    /// <summary>Number of factorisations so far.</summary>
    public int Blocks { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(double) * ((long)_frame.Length + _slopes.Length)) + _columns.Bytes + _samples.Sum(sample => sample.Bytes);

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

        slopes.CopyTo(_slopes.AsSpan(_pending * _slopeLength));
        _exponents[_pending++] = exponent;
        if (_hasBegun)
        {
            Steps++;
            _rankBound = Math.Min(_rankBound, _jacobian.RankBound(slopes));
            _zerosMayBeInexact |= slopesAreRaised || _jacobian.HoldSmallNumbers(slopes);
        }

        bool isSampled = _hasBegun && ProductGrowth.Samples(Steps);
        if (_pending >= _length || isSampled || slopesAreRaised)
        {
            Flush(slopesAreRaised);
        }

        if (isSampled)
        {
            _sampledSteps.Add(Steps);
            double[] growth = Known();
            for (int i = 0; i < _count; i++)
            {
                _samples[i].Note(Steps, growth[i]);
            }
        }
    }

    /// <summary>The exponents over the steps so far. The frame does not change.</summary>
    /// <exception cref="InvalidOperationException">No step was counted.</exception>
    public LeadingExponents Read()
    {
        if (Steps == 0)
        {
            throw new InvalidOperationException("there are exponents after the first step");
        }

        LeadingFrame whole = _pending == 0 ? this : Copy();
        whole.Flush();
        double[] growth = whole.Known();
        double[] errors = [.. whole._errors.Select(error => error / Steps)];
        var history = new double[_sampledSteps.Count * _count];
        for (int s = 0; s < _sampledSteps.Count; s++)
        {
            for (int i = 0; i < _count; i++)
            {
                history[(s * _count) + i] = _samples[i].At(s) / _sampledSteps[s];
            }
        }

        return new LeadingExponents(
            [.. growth.Select(sum => sum / Steps)], errors, [.. _samples.Select(sample => sample.Rate(Steps))], history);
    }

    // A copy of what a block changes; the steps that are pending are applied to it.
    private LeadingFrame Copy()
    {
        var copy = new LeadingFrame(_jacobian, _slopeLength, _count, _columns)
        {
            Steps = Steps,
            _pending = _pending,
            _length = _length,
            _rankBound = _rankBound,
            _zerosMayBeInexact = _zerosMayBeInexact,
            _hasBegun = true,
        };
        _frame.CopyTo(copy._frame, 0);
        _growth.CopyTo(copy._growth, 0);
        _errors.CopyTo(copy._errors, 0);
        _slopes.AsSpan(0, _pending * _slopeLength).CopyTo(copy._slopes);
        _exponents.CopyTo(copy._exponents, 0);
        return copy;
    }

    // Σ ln R_ii so far: −∞ from the first exact zero on, NaN from the first that rounding may have changed.
    private double[] Known()
    {
        double trusted = SpectralProduct.TrustedError * Math.Max(1, Steps / (double)SpectralProduct.TrustedSteps) * Math.Log(10);
        var known = new double[_count];
        bool isZero = false, isUnknown = false;
        for (int i = 0; i < _count; i++)
        {
            isZero |= i >= _rankBound || (double.IsNegativeInfinity(_growth[i]) && !_zerosMayBeInexact && !isUnknown);
            isUnknown |= !(_errors[i] <= trusted) || double.IsNegativeInfinity(_growth[i]);
            known[i] = isZero ? double.NegativeInfinity : isUnknown ? double.NaN : _growth[i];
        }

        return known;
    }

    private void Flush(bool slopesAreRaised = false)
    {
        Apply(0, _pending, slopesAreRaised);
        _pending = 0;
    }

    private void Apply(int first, int count, bool slopesAreRaised)
    {
        if (count == 0 || TryApply(first, count, slopesAreRaised))
        {
            return;
        }

        int half = count / 2;
        _length = half;
        Apply(first, half, slopesAreRaised);
        Apply(first + half, count - half, slopesAreRaised);
    }

    // Applies a block of steps, unless it has several and its error is too large.
    private bool TryApply(int first, int count, bool slopesAreRaised)
    {
        int k = _count;
        _columns.Load(_frame, _zeros, hasPendingFactor: false);
        for (int step = first; step < first + count; step++)
        {
            _columns.Advance(_slopes.AsSpan(step * _slopeLength, _slopeLength), _exponents[step]);
        }

        using PooledSpan memory = new(_size * k), triangle = new(k * k), logarithms = new(k);
        Span<double> m = memory.Values, r = triangle.Values, logs = logarithms.Values;
        _columns.Read(complete: true, m);
        Orthonormalise(m, r);
        double largest = double.NegativeInfinity;
        for (int i = 0; i < k; i++)
        {
            double squares = 0, exponent = _columns.Exponents[i] * Math.Log(2);
            for (int j = 0; j <= i; j++)
            {
                squares += r[(j * k) + i] * r[(j * k) + i];
            }

            largest = squares > 0 ? Math.Max(largest, (0.5 * Math.Log(squares)) + exponent) : largest;
            logs[i] = Math.Log(r[(i * k) + i]) + exponent;
        }

        double worst = 0, ignoreBeyond = SpectralProduct.TrustedError;
        for (int i = 0; i < k; i++)
        {
            double error = double.IsNegativeInfinity(logs[i]) ? 0 : Error(logs[i]);
            worst = _errors[i] <= ignoreBeyond && i < _rankBound ? Math.Max(worst, error) : worst;
        }

        if (count > 1 && !(worst <= RetryFactor * BlockError * count))
        {
            return false;
        }

        double scale = slopesAreRaised ? _exponents[first] * Math.Log(2) : double.NegativeInfinity;
        for (int i = 0; i < k; i++)
        {
            _growth[i] += logs[i];
            bool isLost = slopesAreRaised && !(logs[i] - scale >= LeastWithRaisedSlopes);
            _errors[i] += isLost ? double.PositiveInfinity : double.IsNegativeInfinity(logs[i]) ? 0 : Error(logs[i]);
        }

        m.CopyTo(_frame);
        Blocks++;
        _length = Fitting(Math.Min(Math.Max(_length, count + 1), LongestBlock), worst / count, count); // a sampled step may have cut the block short
        return true;

        double Error(double log) => MeasuredColumns.Rounding * count * Math.Exp(largest - log);
    }

    private void Orthonormalise(Span<double> m, Span<double> r)
    {
        if (_count > 1)
        {
            Orthonormalisation.Factor(m, r, _size, _count, dropsZeros: false);
            return;
        }

        r[0] = VectorNorm.Of(m);
        if (r[0] > 0)
        {
            TensorPrimitives.Divide(m, r[0], m);
        }
        else
        {
            _frame.CopyTo(m); // any direction will do
        }
    }

    // The longest block, up to a length, with an allowed error, if errors continue to grow by the same factor per step.
    private static int Fitting(int most, double errorPerStep, int count)
    {
        double rate = Math.Log(Math.Max(errorPerStep / MeasuredColumns.Rounding, 1)) / count, allowed = Math.Log(BlockError / MeasuredColumns.Rounding);
        return rate * most <= allowed ? most : Math.Max(1, (int)(allowed / rate));
    }
}
