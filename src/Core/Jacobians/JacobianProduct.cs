using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// P_t = J_t ⋯ J_1. Its singular values spread by many decades within some tens of steps, so it is numerically of low rank, and falling: from then
/// on only its leading columns are carried, and a step costs as many of them as there are singular values above 3e-8 of the largest. What is
/// dropped is followed; where it ever comes to count, the product is done again with all its columns, from the last step that had dropped nothing.
/// </summary>
internal sealed class JacobianProduct
{
    private readonly BlockJacobian _jacobian;
    private readonly ISlopeHistory _history;
    private readonly RankSchedule _schedule;
    private readonly double _commonLogDeterminant;
    private double _logDeterminant;
    private int _step;
    private int _safeStep;
    private bool _isSettled;
    private PropagatedColumns _columns;
    private PropagatedColumns? _safe;
    private LeadingColumns? _leading;
    private ProductGrowth? _growth;
    private ProductGrowth? _growthRedone;

    /// <summary>P_0, the identity.</summary>
    /// <param name="network">Whose Jacobians are multiplied.</param>
    /// <param name="history">Their slopes, should they be needed again.</param>
    /// <param name="commonLogDeterminant">
    /// What ln |det J_t| has in common over all steps: it tells how far singular values have spread; −∞ where it is not known, +∞ to keep all columns
    /// whatever they come to.
    /// </param>
    public JacobianProduct(INetwork network, ISlopeHistory history, double commonLogDeterminant = double.NegativeInfinity)
        : this(network.Jacobian, history, commonLogDeterminant) => _growth = new ProductGrowth();

    /// <summary>The same of other Jacobians than a network's own, without a record of its growth.</summary>
    /// <param name="jacobian">As they are applied.</param>
    /// <param name="history">Their slopes, should they be needed again.</param>
    /// <param name="commonLogDeterminant">As above.</param>
    public JacobianProduct(BlockJacobian jacobian, ISlopeHistory history, double commonLogDeterminant)
    {
        (_jacobian, _history, _commonLogDeterminant) = (jacobian, history, commonLogDeterminant);
        _schedule = new RankSchedule(jacobian.Size, Width);
        _columns = PropagatedColumns.Identity(_jacobian);
    }

    /// <summary>Columns that a step is applied to: N, or the rank with the probes.</summary>
    public int Columns => _columns.Count;

    /// <summary>The first step at which what had been dropped counted, and the product was done again; null as long as there is none.</summary>
    public int? RedoneAt { get; private set; }

    /// <summary>Whether some entry lies so far below the largest of its column that it may leave the range of a double.</summary>
    public bool HoldsSmallNumbers => _columns.HoldSmallNumbers;

    /// <summary>Bytes held.</summary>
    public long Bytes => _columns.Bytes + (_safe?.Bytes ?? 0) + (_growth?.Bytes ?? 0);

    /// <summary>How fast it grows, as far as its norms are known: asked for after <see cref="Norms"/> at the same step.</summary>
    public GrowthRate Growth => (_growthRedone ?? _growth)?.Rate(_step) ?? GrowthRate.Unknown;

    /// <summary>
    /// Makes ready for the next step: factors the product where that is due. Reading needs none of it, so what is read does not depend on it.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing has changed.</exception>
    public void Prepare(CancellationToken cancellation)
    {
        if (_isSettled || !RankSchedule.Looks(_step) || _columns.IsZero)
        {
            return;
        }

        double gap = Gap();
        if (!_schedule.IsDue(_step, gap))
        {
            return;
        }

        LeadingColumns? leading = LeadingColumns.Factor(_jacobian, _columns, _leading, out bool isHonest);
        if (!isHonest)
        {
            (_columns, _growth) = _leading is null ? (_columns, _growth) : Redo(cancellation);
            (_leading, _safe, _isSettled) = (null, null, true);
        }
        else if (leading is not null)
        {
            if (_leading is null)
            {
                (_safe, _safeStep) = (_columns, _step);
                _safe.Rest();
            }

            (_columns, _leading) = (leading.Columns, leading);
        }

        _schedule.Note(_step, gap, _leading?.Rank ?? _columns.Count);
    }

    /// <summary>P_t = J_t P_{t−1}. Allocates nothing.</summary>
    /// <param name="slopes">Of the step.</param>
    /// <param name="exponent">The power of two that the Jacobian lacks.</param>
    /// <param name="logDeterminant">ln |det J_t| beyond what all steps have in common.</param>
    public void Advance(ReadOnlySpan<double> slopes, double exponent, double logDeterminant)
    {
        _columns.Advance(slopes, exponent);
        _logDeterminant += logDeterminant;
        _step++;
        _growthRedone = null;
        if (_growth is not null && ProductGrowth.Samples(_step))
        {
            _growth.Note(_step, _columns.LogFrobeniusNorm(_leading?.Rank ?? _columns.Count));
        }
    }

    /// <summary>The norms of P_t.</summary>
    /// <param name="cancellation">Heeded where the product must be done again.</param>
    public ProductNorms Norms(CancellationToken cancellation = default)
    {
        if (_columns.IsZero)
        {
            return new ProductNorms(double.NegativeInfinity, double.NegativeInfinity);
        }

        if (_leading?.Norms() is { } norms)
        {
            return norms;
        }

        PropagatedColumns columns = _columns;
        if (_leading is not null)
        {
            (columns, _growthRedone) = Redo(cancellation);
        }

        (Matrix product, double exponent) = columns.WithOneExponent(columns.Read(complete: true), columns.Count);
        return ProductNorms.Of(SpectralNorm.Of(product.Values, product.Rows, product.Columns), VectorNorm.Of(product.Values), exponent);
    }

    /// <summary>
    /// P_t, or its leading columns P_t·V where some have been dropped, without a power of two, which is returned beside it; what lies more than 300
    /// decades below the largest is 0.
    /// </summary>
    public (Matrix Values, double Exponent) Form() =>
        _columns.WithOneExponent(_columns.Read(complete: true), _leading?.Rank ?? _columns.Count);

    private int Width(int rank) =>
        _jacobian.Kernel.PaddedColumns(rank < _jacobian.Size ? rank + LeadingColumns.Probes : rank);

    // The largest entry stands for the largest singular value, which is at most N times as large; the determinant is the product of them all.
    private double Gap()
    {
        if (double.IsPositiveInfinity(_commonLogDeterminant))
        {
            return double.NegativeInfinity;
        }

        double mean = ((_step * _commonLogDeterminant) + _logDeterminant) / _columns.HiddenSize;
        return double.IsNaN(mean) ? double.PositiveInfinity : _columns.LogLargest() - mean;
    }

    private (PropagatedColumns Columns, ProductGrowth? Growth) Redo(CancellationToken cancellation)
    {
        RedoneAt ??= _step;
        PropagatedColumns columns = _safe!.Copy();
        ProductGrowth? growth = _growth?.UpTo(_safeStep);
        for (int step = _safeStep; step < _step; step++)
        {
            if (step % 16 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            ReadOnlySpan<double> slopes = _history.At(step, out double exponent);
            columns.Advance(slopes, exponent);
            if (growth is not null && ProductGrowth.Samples(step + 1))
            {
                growth.Note(step + 1, columns.LogFrobeniusNorm(columns.Count));
            }
        }

        return (columns, growth);
    }
}
