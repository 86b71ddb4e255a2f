using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// P_t = J_t ⋯ J_1. Its singular values spread over many decades within some tens of steps, so its numerical rank falls. From then on only its
/// leading columns are propagated: as many as there are singular values above 3e-8 of the largest. The size of the dropped part is estimated. If it
/// becomes significant, the product is recomputed with all its columns from the last step before anything was dropped.
/// </summary>
internal sealed class JacobianProduct
{
    private readonly BlockJacobian _jacobian;
    private readonly ISlopeHistory _history;
    private readonly RankSchedule _schedule;
    private readonly double _commonLogDeterminant;
    private double _logDeterminant;
    private int _step;
    private int _fullColumnsStep;
    private bool _isSettled;
    private PropagatedColumns _columns;
    private PropagatedColumns? _fullColumns;
    private LeadingColumns? _leading;
    private ProductGrowth? _growth;
    private ProductGrowth? _growthRedone;

    /// <summary>Creates P_0, the identity.</summary>
    /// <param name="network">The network whose Jacobians are multiplied.</param>
    /// <param name="history">Their slopes, for recomputing the product.</param>
    /// <param name="commonLogDeterminant">
    /// The part of ln |det J_t| that is the same at all steps. It determines how far singular values have spread. −∞ where it is not known; +∞ keeps all
    /// columns.
    /// </param>
    public JacobianProduct(INetwork network, ISlopeHistory history, double commonLogDeterminant = double.NegativeInfinity)
        : this(network.Jacobian, history, commonLogDeterminant) => _growth = new ProductGrowth();

    /// <summary>Creates the identity for Jacobians other than a network's own, without a record of the growth.</summary>
    /// <param name="jacobian">The Jacobian to apply.</param>
    /// <param name="history">Its slopes, for recomputing the product.</param>
    /// <param name="commonLogDeterminant">As in the other constructor.</param>
    public JacobianProduct(BlockJacobian jacobian, ISlopeHistory history, double commonLogDeterminant)
    {
        (_jacobian, _history, _commonLogDeterminant) = (jacobian, history, commonLogDeterminant);
        _schedule = new RankSchedule(jacobian.Size, Width);
        _columns = PropagatedColumns.Identity(_jacobian);
    }

    /// <summary>Number of columns that a step is applied to: N, or the rank plus the probes.</summary>
    public int Columns => _columns.Count;

    /// <summary>The first step at which the dropped part was significant and the product was recomputed; null where there is none.</summary>
    public int? RedoneAt { get; private set; }

    /// <summary>Whether some entry is so far below the largest of its column that it may leave the range of a double.</summary>
    public bool HoldsSmallNumbers => _columns.HoldSmallNumbers;

    /// <summary>Whether P_t is 0.</summary>
    public bool IsZero => _columns.IsZero;

    /// <summary>Bytes held.</summary>
    public long Bytes => _columns.Bytes + (_fullColumns?.Bytes ?? 0) + (_growth?.Bytes ?? 0);

    /// <summary>The growth rate, as far as the norms are known. Valid after <see cref="Norms"/> at the same step.</summary>
    public GrowthRate Growth => (_growthRedone ?? _growth)?.Rate(_step) ?? GrowthRate.Unknown;

    /// <summary>Prepares the next step: factors the product where that is due. Reading does not factor, so readings do not affect each other.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the product is unchanged.</exception>
    public void Prepare(CancellationToken cancellation)
    {
        if (_isSettled || !RankSchedule.IsCheckStep(_step) || _columns.IsZero)
        {
            return;
        }

        double gap = Gap();
        if (!_schedule.IsDue(_step, gap))
        {
            return;
        }

        LeadingColumns? leading = LeadingColumns.Factor(_jacobian, _columns, _leading, out bool isAccurate);
        if (!isAccurate)
        {
            (_columns, _growth) = _leading is null ? (_columns, _growth) : Redo(cancellation);
            (_leading, _fullColumns, _isSettled) = (null, null, true);
        }
        else if (leading is not null)
        {
            if (_leading is null)
            {
                (_fullColumns, _fullColumnsStep) = (_columns, _step);
                _fullColumns.FreeSpare();
            }

            (_columns, _leading) = (leading.Columns, leading);
        }

        _schedule.Note(_step, gap, _leading?.Rank ?? _columns.Count);
    }

    /// <summary>P_t = J_t P_{t−1}. Allocates nothing.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="exponent">Base-2 exponent e: the true Jacobian is 2^e times that of the slopes.</param>
    /// <param name="logDeterminant">ln |det J_t| without the part that is the same at all steps.</param>
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
    /// <param name="cancellation">Checked while the product is recomputed.</param>
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
    /// P_t / 2^Exponent, or its leading columns P_t·V / 2^Exponent where some were dropped. Entries more than 300 decades below the largest are 0.
    /// </summary>
    public (Matrix Values, double Exponent) Form() =>
        _columns.WithOneExponent(_columns.Read(complete: true), _leading?.Rank ?? _columns.Count);

    private int Width(int rank) =>
        _jacobian.Kernel.PaddedColumns(rank < _jacobian.Size ? rank + LeadingColumns.Probes : rank);

    // The largest singular value is estimated by the largest entry, which is smaller by at most a factor N; the determinant is the product of all of
    // them.
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
        PropagatedColumns columns = _fullColumns!.Copy();
        ProductGrowth? growth = _growth?.UpTo(_fullColumnsStep);
        for (int step = _fullColumnsStep; step < _step; step++)
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
