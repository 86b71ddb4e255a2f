using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// A Jacobian product as P = Q·T: the frame Q, N × c with orthonormal columns, and T, c × N with graded rows. c is the rank as far as exact zeros
/// determine it. P has the singular values of T. A block of steps M = J_k ⋯ J_1 Q = Q' R replaces Q by Q' and T by R·T.
/// </summary>
internal sealed partial class FramedProduct
{
    private readonly BlockJacobian _jacobian;
    private readonly int _size, _slopeLength;
    private readonly double[] _growth;
    private readonly MeasuredColumns _measured;
    private readonly int[] _order;
    private double[] _frame = [], _frameMaxima = []; // Q in the panels of the kernel, and the largest magnitude of each column, padded
    private GradedRows _rows;
    private PropagatedColumns _columns;
    private FramedProduct? _settled;
    private bool _frameHoldsSmallNumbers, _hasPendingFactor, _hasSettled;

    /// <summary>Creates P_0 = I with the frame I.</summary>
    /// <param name="jacobian">The network's Jacobian.</param>
    /// <param name="slopeLength">Length of the network's slopes.</param>
    public FramedProduct(BlockJacobian jacobian, int slopeLength)
        : this(jacobian, slopeLength, new GradedRows(jacobian.Size), PropagatedColumns.Identity(jacobian)) =>
        PackFrame(Matrix.Identity(_size).Values, _size);

    private FramedProduct(BlockJacobian jacobian, int slopeLength, GradedRows rows, PropagatedColumns columns)
    {
        (_jacobian, _size, _slopeLength, _rows, _columns) = (jacobian, jacobian.Size, slopeLength, rows, columns);
        RankBound = _size;
        ZerosMayBeInexact = !jacobian.ZerosAreExact;
        _growth = new double[_size];
        _measured = new MeasuredColumns(_size);
        _order = new int[_size];
    }

    /// <summary>T up to the factor 2^<see cref="Exponent"/>.</summary>
    public GradedRows Rows => _rows;

    /// <summary>Base-2 exponent e: the true product is 2^e times that of the slopes.</summary>
    public double Exponent { get; private set; }

    /// <summary>Number of steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Σ ln R_ii over the blocks, length c.</summary>
    public ReadOnlySpan<double> Growth => _growth.AsSpan(0, _rows.Count);

    /// <summary>Upper bound of the rank, from zero slopes.</summary>
    public int RankBound { get; private set; }

    /// <summary>Whether zeros may be underflow or rounding. Then only <see cref="RankBound"/> determines which singular values are exactly 0.</summary>
    public bool ZerosMayBeInexact { get; private set; }

    /// <summary>Whether only the frame is propagated, without T.</summary>
    public bool IsSettling { get; set; }

    /// <summary>
    /// The frame that converged before the product began, in its original column order, once the product has permuted its columns. Its
    /// <see cref="Growth"/> belongs to the converged directions. Null while the two frames are the same.
    /// </summary>
    public FramedProduct? Settled => _settled;

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(double) * (long)_frame.Length) + _rows.Bytes + _columns.Bytes + (_settled?.Bytes ?? 0);

    /// <summary>A copy that shares only the working memory of a block.</summary>
    public FramedProduct Copy()
    {
        var copy = new FramedProduct(_jacobian, _slopeLength, _rows.Copy(), _columns)
        {
            _hasPendingFactor = _hasPendingFactor,
            _hasSettled = _hasSettled,
            _settled = _settled?.Copy(),
            Exponent = Exponent,
            Steps = Steps,
            IsSettling = IsSettling,
            RankBound = RankBound,
            ZerosMayBeInexact = ZerosMayBeInexact,
        };
        (copy._frame, copy._frameMaxima, copy._frameHoldsSmallNumbers) = ([.. _frame], [.. _frameMaxima], _frameHoldsSmallNumbers);
        _growth.CopyTo(copy._growth, 0);
        return copy;
    }

    /// <summary>Begins the product with the present frame.</summary>
    public void Begin()
    {
        _rows = new GradedRows(_size);
        _growth.AsSpan().Clear();
        _hasSettled = true;
        (Exponent, Steps, IsSettling, RankBound) = (0, 0, false, _size);
        ZerosMayBeInexact = !_jacobian.ZerosAreExact || _frameHoldsSmallNumbers;
    }

    /// <summary>Applies a block of steps unless its error is too large; returns the largest relative error of an R_ii.</summary>
    /// <param name="slopes">Slopes of the steps, one after the other.</param>
    /// <param name="exponent">Base-2 exponent e of the block: the true product is 2^e times that of the slopes.</param>
    /// <param name="allowed">The largest error with which the block is applied. Beyond it, nothing changes.</param>
    /// <param name="ignoreBeyond">Accumulated error beyond which a row is ignored.</param>
    public double Apply(ReadOnlySpan<double> slopes, double exponent, double allowed, double ignoreBeyond)
    {
        int steps = slopes.Length / _slopeLength;
        double error = _rows.Count > 0 ? Multiply(slopes, steps, allowed, ignoreBeyond) : 0;
        if (error <= allowed) // the same condition as in Factor
        {
            (Exponent, Steps) = (Exponent + exponent, Steps + steps);
            AdvanceSettled(slopes);
            ZerosMayBeInexact |= _frameHoldsSmallNumbers;
            for (int step = 0; step < steps; step++)
            {
                ReadOnlySpan<double> ofStep = slopes.Slice(step * _slopeLength, _slopeLength);
                ZerosMayBeInexact |= _jacobian.HoldSmallNumbers(ofStep);
                RankBound = Math.Min(RankBound, _jacobian.RankBound(ofStep));
            }
        }

        return error;
    }

    /// <summary>Applies the pending factor W, so that the frame is that of the state itself, and orthogonalises the frame by reflections.</summary>
    public void Complete()
    {
        if (_rows.Count > 0)
        {
            PrepareColumns();
            _columns.LoadPanels(_frame, _frameMaxima, _hasPendingFactor);
            Factor([], complete: true, double.PositiveInfinity, double.PositiveInfinity);
            _settled?.Complete();
        }
    }

    // Applied step by step, because the block's length was chosen for columns in another order.
    private void AdvanceSettled(ReadOnlySpan<double> slopes)
    {
        for (; _settled is not null && !slopes.IsEmpty; slopes = slopes[_slopeLength..])
        {
            _settled.Apply(slopes[.._slopeLength], 0, double.PositiveInfinity, double.PositiveInfinity);
        }
    }

    private double Multiply(ReadOnlySpan<double> slopes, int steps, double allowed, double ignoreBeyond)
    {
        PrepareColumns();
        for (int step = 0; step < steps; step++)
        {
            Advance(slopes, step);
            _measured.Advance(_columns.Maxima, _columns.Exponents);
        }

        return Factor(slopes, complete: false, allowed, ignoreBeyond);
    }

    // Applies a step of a block, the first one to the frame.
    private void Advance(ReadOnlySpan<double> slopes, int step)
    {
        ReadOnlySpan<double> ofStep = slopes.Slice(step * _slopeLength, _slopeLength);
        if (step == 0)
        {
            _columns.Advance(ref _frame, _frameMaxima, _hasPendingFactor, ofStep);
        }
        else
        {
            _columns.Advance(ofStep, 0);
        }
    }

    private void PrepareColumns()
    {
        if (_columns.Count != _rows.Count)
        {
            _columns = PropagatedColumns.Zeros(_jacobian, _rows.Count);
        }

        _measured.Begin(_frameMaxima.AsSpan(0, _rows.Count));
    }

    // Computes Q', R and T from M; returns the error, as Apply does.
    private double Factor(ReadOnlySpan<double> slopes, bool complete, double allowed, double ignoreBeyond)
    {
        int n = _size, c = _rows.Count;
        using PooledSpan memory = new(n * c), triangle = new(c * c), shifts = new(c), largest = new(_frameMaxima.Length);
        Span<double> m = memory.Values, r = triangle.Values, exponents = shifts.Values;
        _columns.Exponents.CopyTo(exponents);
        if (complete)
        {
            _columns.Read(complete, m);
            BringIntoBand(m, exponents);
        }

        ReadOnlySpan<int> order = IsSettling ? [] : _measured.Order(_rows.Exponents, _order);
        bool isRead = complete || !order.IsEmpty, dropsZeros = !IsSettling;
        if (!order.IsEmpty)
        {
            if (!complete)
            {
                _columns.Read(complete, m);
            }

            PermuteColumns(m, order);
            PermuteColumns(exponents, order);
        }

        int rank = c;
        bool holdsSmallNumbers = false, canBeInPanels = !complete && !(dropsZeros && _columns.CountNonZeroRows() < c);
        bool isInPanels = canBeInPanels && _columns.Factor(isRead ? m : [], r, largest.Values, out holdsSmallNumbers);
        if (!isInPanels)
        {
            for (int step = 0; canBeInPanels && !isRead && step * _slopeLength < slopes.Length; step++)
            {
                Advance(slopes, step); // the columns were destroyed when they were found to be dependent
            }

            if (!isRead)
            {
                _columns.Read(complete, m);
            }

            rank = Orthonormalisation.Factor(m, r, n, c, dropsZeros);
        }

        double worst = _measured.NoteErrors(r, rank, exponents, order, _rows.ScaleErrors, ignoreBeyond);
        if (!(worst <= allowed))
        {
            return worst;
        }

        if (_hasSettled && _settled is null && !order.IsEmpty)
        {
            // In another order, the block would add the growth of one direction to another.
            _settled = Copy();
            _settled.IsSettling = true;
        }

        _hasPendingFactor = _columns.HasPendingFactor && !complete;
        if (isInPanels)
        {
            _columns.TakeFactor(ref _frame);
            largest.Values.CopyTo(_frameMaxima);
            _frameHoldsSmallNumbers = holdsSmallNumbers;
        }
        else
        {
            PackFrame(m, rank);
        }

        if (!order.IsEmpty)
        {
            _rows.Permute(order);
        }

        using PooledSpan before = new(c);
        _rows.Exponents.CopyTo(before.Values);
        for (int i = 0; i < rank; i++)
        {
            _growth[i] += Math.Log(r[(i * c) + i]) + (exponents[i] * Math.Log(2));
        }

        if (!IsSettling)
        {
            _rows.Multiply(r, rank, exponents);
        }

        _measured.AddErrors(_rows, r, rank, exponents, before.Values, IsSettling);
        if (!IsSettling)
        {
            DropZeros();
        }

        return worst;
    }
}
