using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// P_t = J_t ⋯ J_1 for all its singular values, which spread over hundreds of decades. Steps are applied in blocks as long as the measured growth
/// allows. A reading does not depend on earlier readings.
/// </summary>
internal sealed class SpectralProduct
{
    /// <summary>
    /// The largest error of log10 σ_i with which it counts as known, for up to <see cref="TrustedSteps"/> steps; proportionally larger for more.
    /// </summary>
    public const double TrustedError = 1e-6;

    /// <summary>See <see cref="TrustedError"/>. Beyond this number, exponents are known to 2.3e-9 nats per step.</summary>
    public const int TrustedSteps = 1000;

    // Error of ln R_ii per step that blocks of more than one step may add: at the very worst 1e-8 of log10 σ_i in a thousand steps.
    private const double BlockError = 2.3e-11;

    // A block whose error exceeds the predicted one by this factor is repeated in halves.
    private const double RetryFactor = 4;

    private const int LongestBlock = 16;

    private readonly FramedProduct _product;
    private readonly INetwork _network;
    private readonly int _size, _slopeLength;
    private readonly double[] _slopes;
    private readonly double[] _exponents = new double[LongestBlock];
    private int _pending;
    private int _length = 1;

    /// <summary>Creates P_0, the identity.</summary>
    /// <param name="network">The network whose Jacobians are multiplied.</param>
    public SpectralProduct(INetwork network)
    {
        (_network, _size, _slopeLength) = (network, network.HiddenSize, network.SlopeLength);
        _product = new FramedProduct(network.Jacobian, _slopeLength);
        _slopes = new double[LongestBlock * _slopeLength];
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => _product.Bytes + (sizeof(double) * (long)_slopes.Length);

    /// <summary>Number of blocks so far.</summary>
    public int Blocks { get; private set; }

    /// <summary>
    /// Applies a step before P_0: only the frame is propagated, so that it has converged to the growing directions when the product begins. The frame
    /// is orthogonal, so the singular values remain those of P_t.
    /// </summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="exponent">Base-2 exponent e: the true Jacobian is 2^e times that of the slopes.</param>
    /// <exception cref="InvalidOperationException">The product has begun.</exception>
    public void SettleFrame(ReadOnlySpan<double> slopes, double exponent)
    {
        if (!_product.IsSettling && (_pending > 0 || _product.Steps > 0))
        {
            throw new InvalidOperationException("the frame settles before the product begins, not after");
        }

        _product.IsSettling = true;
        Append(slopes, exponent);
    }

    /// <summary>P_t = J_t P_{t−1}.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="exponent">Base-2 exponent e: the true Jacobian is 2^e times that of the slopes.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent)
    {
        if (_product.IsSettling)
        {
            Flush();
            _product.Complete();
            _product.Begin();
        }

        Append(slopes, exponent);
    }

    /// <summary>The singular values of P_t. The product does not change.</summary>
    /// <param name="cancellation">Checked during the calculation.</param>
    public SingularSpectrum Read(CancellationToken cancellation = default)
    {
        FramedProduct product = _product.Copy();
        int length = _length;
        Apply(product, 0, _pending, ref length);
        product.Complete();
        if (product.IsSettling)
        {
            product.Begin();
        }

        return Spectrum(product, cancellation);
    }

    private SingularSpectrum Spectrum(FramedProduct product, CancellationToken cancellation)
    {
        (double[] log2, double[] errors) = GradedSingularValues.Of(product.Rows, cancellation);
        var values = new double[_size];
        var logErrors = new double[_size];
        var growth = new double[_size];
        Array.Fill(values, double.NegativeInfinity);
        Array.Fill(growth, double.NegativeInfinity);
        int rank = Math.Min(log2.Length, product.RankBound); // what is computed beyond the bound is rounding
        for (int i = 0; i < rank; i++)
        {
            values[i] = (log2[i] + product.Exponent) * PowerOfTwo.Log10;
            // Twice the errors, because directions with similar growth share them, plus some ulp of the logarithm itself.
            logErrors[i] = (2 * errors[i] / Math.Log(10)) + (2 * (Math.BitIncrement(Math.Abs(values[i])) - Math.Abs(values[i])));
            growth[i] = product.Growth[i] + (product.Exponent * Math.Log(2));
        }

        // A direction that was dropped without being exactly 0 has an unknown singular value.
        bool isSumKnown = !product.ZerosMayBeInexact || log2.Length >= product.RankBound;
        double sum = isSumKnown ? TensorPrimitives.Sum<double>(values) : double.NaN;
        double trusted = Trusted(product.Steps);
        int first = Array.FindIndex(logErrors, 0, rank, error => !(error <= trusted));
        first = first < 0 ? rank : first;
        int zeros = _size - (product.ZerosMayBeInexact ? product.RankBound : rank);
        if (first + zeros < _size)
        {
            // Exact zeros are known even where other values are not.
            values.AsSpan(first..(_size - zeros)).Fill(double.NaN);
            values.AsSpan(_size - zeros).Fill(double.NegativeInfinity);
        }

        // Where a singular value is unresolved, so is the growth of the frame. A separate converged frame has errors of its own.
        for (int i = 0; i < _size; i++)
        {
            growth[i] = product.Settled is { } settled && i < settled.Rows.Count ? SettledGrowth(settled, i, product.Exponent, trusted)
                : double.IsNaN(values[i]) ? double.NaN
                : growth[i];
        }

        return new SingularSpectrum([.. values], sum, [.. growth], [.. logErrors]);
    }

    private static double SettledGrowth(FramedProduct settled, int place, double exponent, double trusted)
    {
        double growth = settled.Growth[place] + (exponent * Math.Log(2));
        bool isKnown = 2 * settled.Rows.ScaleErrors[place] / Math.Log(10) <= trusted && !(double.IsInfinity(growth) && settled.ZerosMayBeInexact);
        return isKnown ? growth : double.NaN;
    }

    private void Append(ReadOnlySpan<double> slopes, double exponent)
    {
        slopes.CopyTo(_slopes.AsSpan(_pending * _slopeLength));
        _exponents[_pending++] = exponent;

        // A step that lowers the rank ends the block, because the rank is checked at the end of a block.
        bool lowersRank = !_product.IsSettling && _network.Jacobian.RankBound(slopes) < _product.Rows.Count;
        if (_pending >= _length || lowersRank)
        {
            Flush();
        }
    }

    private void Flush()
    {
        Blocks += Apply(_product, 0, _pending, ref _length);
        _pending = 0;
    }

    // Applies the steps as one block, or as several where the error is too large; returns the number of blocks.
    private int Apply(FramedProduct product, int first, int count, ref int length)
    {
        if (count == 0)
        {
            return 0;
        }

        double allowed = count == 1 ? double.PositiveInfinity : RetryFactor * BlockError * count;
        double exponent = TensorPrimitives.Sum<double>(_exponents.AsSpan(first, count));
        double error = product.Apply(_slopes.AsSpan(first * _slopeLength, count * _slopeLength), exponent, allowed, Trusted(product.Steps) * Math.Log(10));
        if (error > allowed)
        {
            int half = count / 2;
            return Apply(product, first, half, ref length) + Apply(product, first + half, count - half, ref length);
        }

        length = Math.Min(length + 1, Fitting(count, error));
        return 1;
    }

    private static double Trusted(int steps) => TrustedError * Math.Max(1, steps / (double)TrustedSteps);

    // The longest block with an allowed error, if errors continue to grow by the same factor per step.
    private static int Fitting(int count, double error)
    {
        double rate = Math.Log(Math.Max(error / MeasuredColumns.Rounding, 1)) / count;
        int steps = 1;
        while (steps < LongestBlock && rate * (steps + 1) <= Math.Log(BlockError * (steps + 1) / MeasuredColumns.Rounding))
        {
            steps++;
        }

        return steps;
    }
}
