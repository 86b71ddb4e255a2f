using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// P_t = J_t ⋯ J_1. Its singular values spread by many decades within some tens of steps, so it is numerically of low rank, and falling: from then
/// on it is carried as A · B, and a step costs as many columns as there are singular values above 1e-15 of the largest. What is dropped is followed
/// by probes; where they ever come to 1e-11 of what is kept, the product is done again with all its columns, from the last step that had dropped
/// nothing.
/// </summary>
internal sealed class JacobianProduct
{
    private readonly RecurrentJacobian _jacobian;
    private readonly ISlopeHistory _history;
    private readonly RankSchedule _schedule;
    private readonly double _logWeightsDeterminant;
    private double _logSlopes;
    private int _step;
    private bool _isSettled;
    private PropagatedColumns? _full;
    private PropagatedColumns? _safe;
    private int _safeStep;
    private LowRankFactors? _factors;

    /// <summary>P_0, the identity.</summary>
    /// <param name="network">Whose Jacobians are multiplied.</param>
    /// <param name="history">Their slopes, should they be needed again.</param>
    /// <param name="logWeightsDeterminant">ln |det W|, which tells how far singular values have spread; −∞ where it is not known.</param>
    public JacobianProduct(INetwork network, ISlopeHistory history, double logWeightsDeterminant = double.NegativeInfinity)
    {
        (_jacobian, _history, _logWeightsDeterminant) = (network.Jacobian, history, logWeightsDeterminant);
        _schedule = new RankSchedule(network.HiddenSize, columns => _jacobian.Weights.Kernel.PaddedColumns(Math.Min(columns + LowRankFactors.Probes, network.HiddenSize)));
        _full = PropagatedColumns.Identity(_jacobian);
    }

    /// <summary>Columns that a step is applied to: N, or the rank with the probes.</summary>
    public int Columns => (_full ?? _factors!.Left).Count;

    /// <summary>The step at which what had been dropped came to count, and the product was done again with all its columns.</summary>
    public int? RedoneAt { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (_full?.Bytes ?? 0) + (_safe?.Bytes ?? 0) + (_factors?.Bytes ?? 0);

    /// <summary>
    /// Makes ready for the next step: factors the product where that is due. Reading needs none of it, so what is read does not depend on it.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing has changed.</exception>
    public void Prepare(CancellationToken cancellation)
    {
        if (_isSettled || _step == 0)
        {
            return;
        }

        double gap = _full is null ? double.PositiveInfinity : Gap(_full);
        if ((_full ?? _factors!.Left).IsZero || !_schedule.IsDue(_step, gap))
        {
            return;
        }

        LowRankFactors? factors = LowRankFactors.Factor(_jacobian, _full ?? _factors!.Left, _factors, out bool isHonest);
        if (!isHonest)
        {
            if (_safe is not null)
            {
                (_full, _factors, _safe) = (Redo(cancellation), null, null);
            }

            _isSettled = true;
        }
        else if (factors is not null)
        {
            if (_full is not null)
            {
                (_safe, _safeStep, _full) = (_full, _step, null);
            }

            _factors = factors;
        }

        _schedule.Note(_step, gap, _factors?.Rank ?? _jacobian.Weights.Size);
    }

    /// <summary>P_t = J_t P_{t−1}. Allocates nothing.</summary>
    /// <param name="slopes">Of the step, length N.</param>
    /// <param name="exponent">The power of two that the Jacobian lacks.</param>
    /// <param name="logSlopes">Σ ln φ' over the slopes.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent, double logSlopes)
    {
        (_full ?? _factors!.Left).Advance(slopes, exponent);
        _logSlopes += logSlopes;
        _step++;
    }

    /// <summary>The norms of P_t.</summary>
    /// <param name="vector">v, length N.</param>
    /// <param name="cancellation">Heeded where the product must be done again.</param>
    public ProductNorms Norms(ReadOnlySpan<double> vector, CancellationToken cancellation = default) =>
        _factors?.Norms(vector) ?? FullNorms(_full ?? Redo(cancellation), vector);

    /// <summary>P_t as a matrix without a power of two, which is returned beside it; what lies more than 300 decades below the largest is 0.</summary>
    public (Matrix Values, double Exponent) Form()
    {
        if (_factors is not null)
        {
            return _factors.Form();
        }

        return _full!.WithOneExponent(_full.Read(complete: true), _full.Count);
    }

    // The largest entry stands for the largest singular value, which is at most N times as large; the determinant is the product of them all.
    private double Gap(PropagatedColumns columns)
    {
        double n = columns.HiddenSize;
        double mean = ((_step * _logWeightsDeterminant) + _logSlopes) / n;
        return double.IsNaN(mean) ? double.PositiveInfinity : columns.LogLargest() - mean;
    }

    private PropagatedColumns Redo(CancellationToken cancellation)
    {
        RedoneAt ??= _step;
        PropagatedColumns columns = _safe!.Copy();
        for (int step = _safeStep; step < _step; step++)
        {
            if (step % RankSchedule.Stride == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            ReadOnlySpan<double> slopes = _history.At(step, out double exponent);
            columns.Advance(slopes, exponent);
        }

        return columns;
    }

    private static ProductNorms FullNorms(PropagatedColumns columns, ReadOnlySpan<double> vector)
    {
        if (columns.IsZero)
        {
            return new ProductNorms(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity);
        }

        int n = columns.HiddenSize;
        Matrix read = columns.Read(complete: true);
        (Matrix product, double exponent) = columns.WithOneExponent(read, n);
        double shift = exponent * PowerOfTwo.Log10;
        return new ProductNorms(
            Math.Log10(SpectralNorm.Of(product.Values, n, n)) + shift,
            Math.Log10(VectorNorm.Of(product.Values)) + shift,
            TransposedImage(columns, read, vector));
    }

    // A component of the image belongs to a column of P, so it takes that column's exponent.
    private static double TransposedImage(PropagatedColumns columns, Matrix read, ReadOnlySpan<double> vector)
    {
        int n = columns.HiddenSize;
        var image = new double[n];
        MatrixVector.MultiplyTransposed(read.Values, vector, image);
        double largest = double.NegativeInfinity;
        for (int j = 0; j < n; j++)
        {
            largest = image[j] == 0 ? largest : Math.Max(largest, columns.Exponents[j] + Math.ILogB(image[j]));
        }

        if (double.IsNegativeInfinity(largest))
        {
            return largest;
        }

        for (int j = 0; j < n; j++)
        {
            int own = image[j] == 0 ? 0 : Math.ILogB(image[j]);
            image[j] = image[j] == 0 ? 0 : Math.ScaleB(image[j], -own) * double.Exp2(columns.Exponents[j] + own - largest);
        }

        return Math.Log10(VectorNorm.Of(image)) + (largest * PowerOfTwo.Log10);
    }
}
